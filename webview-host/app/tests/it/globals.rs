//! The web APIs in the global scope.

use crate::support::App;

/// Runs a script that prints one word for each thing that works.
fn prints(script: &str, expected: &str) {
    assert_eq!(App::new(script).stdout().trim_end(), expected);
}

#[test]
fn console_formats_as_deno_does() {
    let app = App::new(
        r#"
        console.log("%s is %d", "one", 1, { map: new Map([["a", [1, 2]]]) });
        console.info(undefined, null, 1n, Symbol("s"), () => {});
        console.error("to stderr", new Set(["x"]));
        console.warn("warned");
        console.table([{ a: 1 }]);
        console.group("outer");
        console.log("inner");
        console.groupEnd();
        "#,
    );
    let outcome = app.run();
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert_eq!(outcome.stderr, "to stderr Set(1) { \"x\" }\nwarned\n");
    let mut lines = outcome.stdout.lines();
    assert_eq!(
        lines.next(),
        Some("one is 1 { map: Map(1) { \"a\" => [ 1, 2 ] } }")
    );
    assert_eq!(
        lines.next(),
        Some("undefined null 1n Symbol(s) [Function (anonymous)]")
    );
    assert!(
        outcome.stdout.contains("│ (idx) │ a │"),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome.stdout.ends_with("outer\n  inner\n"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn timers_fire_in_order_and_can_be_cleared() {
    prints(
        r#"
        const seen: string[] = [];
        setTimeout((word: string) => seen.push(word), 20, "late");
        setTimeout(() => seen.push("early"));
        clearTimeout(setTimeout(() => seen.push("never"), 1));
        queueMicrotask(() => seen.push("microtask"));
        let ticks = 0;
        const id = setInterval(() => {
          if (++ticks === 3) {
            clearInterval(id);
            setTimeout(() => console.log(seen.join(), ticks), 40);
          }
        }, 1);
        "#,
        "microtask,early,late 3",
    );
}

#[test]
fn urls_and_text_are_encoded_and_decoded() {
    prints(
        r#"
        const url = new URL("../b?q=ü#f", "https://example.com/a/c");
        const query = new URLSearchParams({ a: "1 2" });
        const bytes = new TextEncoder().encode("é€😀");
        console.log(url.href, query.toString(), bytes.length, new TextDecoder().decode(bytes));
        console.log(btoa("hi"), atob("aGk="), URL.canParse("no"));
        try { new URL("no"); } catch (error) { console.log(error.name); }
        try { atob("*"); } catch (error) { console.log(error instanceof DOMException, error.name); }
        try { new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([255])); } catch (error) { console.log(error.name); }
        "#,
        "https://example.com/b?q=%C3%BC#f a=1+2 9 é€😀\n\
         aGk= hi false\nTypeError\ntrue InvalidCharacterError\nTypeError",
    );
}

#[test]
fn events_reach_their_listeners() {
    prints(
        r#"
        const target = new EventTarget();
        const seen: unknown[] = [];
        const controller = new AbortController();
        target.addEventListener("x", (event) => seen.push((event as CustomEvent).detail), { signal: controller.signal });
        target.addEventListener("x", () => seen.push("once"), { once: true });
        target.dispatchEvent(new CustomEvent("x", { detail: 1 }));
        target.dispatchEvent(new CustomEvent("x", { detail: 2 }));
        controller.abort();
        target.dispatchEvent(new CustomEvent("x", { detail: 3 }));
        globalThis.addEventListener("y", (event) => seen.push(event.type));
        dispatchEvent(new Event("y"));
        console.log(seen, controller.signal.reason.name, new MessageEvent("m", { data: 5 }).data);
        "#,
        "[ 1, \"once\", 2, \"y\" ] AbortError 5",
    );
}

#[test]
fn abort_signals_time_out_while_a_module_waits() {
    prints(
        r#"
        const signal = AbortSignal.timeout(5);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        console.log(signal.reason.name, AbortSignal.any([signal, AbortSignal.abort()]).aborted);
        "#,
        "TimeoutError true",
    );
}

#[test]
fn structured_clone_copies_and_refuses() {
    prints(
        r#"
        const original = { date: new Date(0), set: new Set([1]), bytes: new Uint8Array([1, 2]) };
        const copy = structuredClone(original);
        console.log(copy.date.getTime(), copy.set.has(1), copy.bytes, copy.set !== original.set);
        try { structuredClone(() => {}); } catch (error) { console.log(error.name); }
        "#,
        "0 true Uint8Array(2) [ 1, 2 ] true\nDataCloneError",
    );
}

#[test]
fn structured_clone_transfers() {
    prints(
        r#"
        const original = new Uint8Array([1, 2]);
        const copy = structuredClone(original, { transfer: [original.buffer] });
        console.log(copy, original.byteLength);
        "#,
        "Uint8Array(2) [ 1, 2 ] 0",
    );
}

#[test]
fn performance_measures() {
    prints(
        r#"
        const start = performance.now();
        performance.mark("a");
        await new Promise((resolve) => setTimeout(resolve, 2));
        const measure = performance.measure("m", "a");
        console.log(performance.now() > start, measure.duration > 0, performance.timeOrigin > 0);
        "#,
        "true true true",
    );
}

#[test]
fn streams_and_blobs_work() {
    prints(
        r#"
        const stream = new ReadableStream<string>({
          start(controller) { controller.enqueue("a"); controller.enqueue("b"); controller.close(); },
        });
        const upper = new TransformStream<string, string>({
          transform(chunk, controller) { controller.enqueue(chunk.toUpperCase()); },
        });
        let text = "";
        for await (const chunk of stream.pipeThrough(upper)) text += chunk;
        const file = new File(["<", new Blob(["x"]), ">"], "x.txt", { type: "text/plain" });
        console.log(text, await file.text(), file.size, file.name, file.type);
        const encoded = new Blob(["é"]).stream().pipeThrough(new TextDecoderStream());
        for await (const chunk of encoded) console.log(chunk);
        "#,
        "AB <x> 3 x.txt text/plain\né",
    );
}

#[test]
fn globals_can_be_replaced_as_in_browsers() {
    prints(
        r#"
        globalThis.URL = class Mine {} as never;
        globalThis.setTimeout = (() => "mine") as never;
        console.log(new URL("x").constructor.name, setTimeout(() => {}), self === globalThis);
        "#,
        "Mine mine true",
    );
}

#[test]
fn the_engine_room_is_out_of_reach() {
    prints(
        r#"
        const scope = globalThis as Record<string, any>;
        console.log(
          scope.__bootstrap, scope.__infra, scope.__timers, scope.Deno.core, scope.Deno.internal,
          Object.keys(scope).filter((name) => name.startsWith("__")),
          "window" in scope, "process" in scope, "require" in scope,
        );
        "#,
        "undefined undefined undefined undefined undefined [] false false false",
    );
}
