//! Printing, in the place of deno_core's op, which throws what is wrong with the output at whoever prints.

use deno_core::{OpDecl, op2};

use crate::Output;

#[op2(fast)]
fn op_app_print(#[string] text: &str, is_error: bool) {
    match is_error {
        true => Output::Stderr.print(text),
        false => Output::Stdout.print(text),
    }
}

fn replace_print(op: OpDecl) -> OpDecl {
    match op.name {
        "op_print" => op.with_implementation_from(&op_app_print()),
        _ => op,
    }
}

deno_core::extension!(host_print, middleware = replace_print);
