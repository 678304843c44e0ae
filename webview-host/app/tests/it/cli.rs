//! The command line.

use clap::Parser;
use clap::error::ErrorKind;
use host::cli::Cli;

#[test]
fn the_first_argument_is_the_app_and_the_rest_are_its_own() {
    let cli = Cli::try_parse_from(["host", "main.ts", "open", "--fast", "-v", "--help"]).unwrap();
    assert_eq!(cli.main.to_str(), Some("main.ts"));
    assert_eq!(cli.args, ["open", "--fast", "-v", "--help"]);
}

#[test]
fn help_names_the_exit_codes() {
    let help = Cli::try_parse_from(["host", "--help"]).unwrap_err();
    assert_eq!(help.kind(), ErrorKind::DisplayHelp);
    let text = help.to_string();
    assert!(text.contains("host <main.ts> [ARGS]..."), "{text}");
    assert!(text.contains("Deno.exit(n)"), "{text}");
}

#[test]
fn an_app_is_required() {
    let error = Cli::try_parse_from(["host"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
    let error = Cli::try_parse_from(["host", "--loud", "main.ts"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownArgument);
}
