//! `windowEvents`, `windowEventsFor` and `channelEvents`.

use tests::{AppDir, Display};

use super::printed;

#[test]
fn every_consumer_sees_every_event_it_asked_for() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import {
          channelEvents, type IpcEvent, onChannel, onEvent, sendToWindow,
          windowEvents, windowEventsFor,
        } from "host:ipc";

        const seen: Record<string, string[]> = {};
        for (const who of ["windowEvents", "windowEvents too", "windowEventsFor b",
          "channelEvents tick", "onEvent", "onChannel tick"]) seen[who] = [];
        function note(who: string, { type, windowId, channel, payload }: IpcEvent) {
          if (type === undefined) seen[who].push(`${windowId}.${channel}${payload ?? ""}`);
        }
        async function collect(who: string, events: AsyncGenerator<IpcEvent>) {
          for await (const event of events) note(who, event);
        }

        const loops = [
          collect("windowEvents", windowEvents()),
          collect("windowEvents too", windowEvents()),
          collect("windowEventsFor b", windowEventsFor("b")),
          collect("channelEvents tick", channelEvents("tick")),
        ];
        onEvent((event) => note("onEvent", event));
        onChannel("tick", (payload, windowId) => {
          note("onChannel tick", { windowId, channel: "tick", payload });
        });

        const a = await createWindow({ id: "a" });
        const b = await createWindow({ id: "b" });
        onChannel("done", async (_, windowId) => {
          if (windowId === "a") return sendToWindow("b", "go");
          await a.close();
          await b.close();
        });
        await sendToWindow("a", "go");
        await Promise.all(loops);
        for (const [who, events] of Object.entries(seen)) {
          console.log(`${who}:`, events.join(" "));
        }
        "#,
        r#"<script>
        host.on("go", () => {
          for (let i = 1; i <= 3; i++) {
            host.send("tick", i);
            host.send("tock", i);
          }
          host.send("done");
        });
        </script>"#,
    );
    let ticks = |id: &str| format!("{id}.tick1 {id}.tick2 {id}.tick3");
    let all = |id: &str| {
        format!("{id}.tick1 {id}.tock1 {id}.tick2 {id}.tock2 {id}.tick3 {id}.tock3 {id}.done")
    };
    let (ticks, all, of_b) = (
        [ticks("a"), ticks("b")].join(" "),
        [all("a"), all("b")].join(" "),
        all("b"),
    );
    assert_eq!(
        stdout,
        [
            format!("windowEvents: {all}"),
            format!("windowEvents too: {all}"),
            format!("windowEventsFor b: {of_b}"),
            format!("channelEvents tick: {ticks}"),
            format!("onEvent: {all}"),
            format!("onChannel tick: {ticks}"),
        ]
    );
}

#[test]
fn leaving_a_loop_ends_its_stream_and_no_other() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { channelEvents, sendToWindow, windowEvents } from "host:ipc";

        const show = (what: string, result: unknown) => console.log(what, JSON.stringify(result));
        const win = await createWindow();

        const broken = channelEvents("tick");
        const other = channelEvents("tick");
        for await (const { payload } of broken) if (payload === 2) break;
        show("after break", await broken.next());

        const left = channelEvents("once");
        try {
          for await (const _ of left) throw new Error("out");
        } catch { /* as a script may */ }
        show("after throw", await left.next());

        const returned = windowEvents();
        const pending = [returned.next(), returned.next()];
        const result = returned.return();
        // Whether an event was there already, `return` lets go of all that comes later.
        show("return", await result);
        show("pending", (await Promise.all(pending)).pop());
        show("after return", await returned.next());

        const thrown = windowEvents();
        await thrown.throw(new Error("thrown in")).catch((error) => show("throw", error.message));
        show("after throw()", await thrown.next());

        // Consumers are made by the call, not by the first look.
        const unread = channelEvents("tick");
        await sendToWindow(win.id, "more");
        const two = [unread.next(), unread.next()];
        show("asked twice", (await Promise.all(two)).map(({ value }) => value?.payload));

        const seen = [];
        for await (const { payload } of other) {
          seen.push(payload);
          if (payload === 5) break;
        }
        show("the other loop", seen);
        await win.close();
        "#,
        r#"<script>
        for (let i = 1; i <= 3; i++) host.send("tick", i);
        host.send("once");
        host.on("more", () => { host.send("tick", 4); host.send("tick", 5); });
        </script>"#,
    );
    let done = r#"{"done":true}"#;
    assert_eq!(
        stdout,
        [
            format!("after break {done}"),
            format!("after throw {done}"),
            format!("return {done}"),
            format!("pending {done}"),
            format!("after return {done}"),
            r#"throw "thrown in""#.to_owned(),
            format!("after throw() {done}"),
            "asked twice [4,5]".to_owned(),
            "the other loop [1,2,3,4,5]".to_owned(),
        ]
    );
}

/// A stream holds so many events for whoever may come back to it; more is an error that is told.
/// One that was freed holds none, so it cannot have too many.
#[test]
fn freed_streams_queue_no_more_events() {
    let dir = AppDir::of(
        r#"
        import { createWindow } from "host:window";
        import { channelEvents, onChannel, sendToWindow } from "host:ipc";

        const win = await createWindow();
        const broken = channelEvents("tick");
        const returned = channelEvents("tick");
        const forgotten = channelEvents("tick");
        for await (const _ of broken) break;
        await returned.next();
        await returned.return();
        onChannel("enough", () => sendToWindow(win.id, "more"));
        onChannel("end", async () => {
          console.log(JSON.stringify([await broken.next(), await returned.next()]));
          let expected = 0;
          for await (const { payload } of forgotten) {
            if (payload !== expected) break;
            expected++;
            if (expected === 65_536) break;
          }
          console.log("kept", expected);
          win.close();
        });
        await sendToWindow(win.id, "more");
        "#,
        r#"<script>
        let i = 0;
        host.send("tick", i++);
        host.on("more", () => {
          const end = Math.min(i + 10_000, 70_000);
          while (i < end) host.send("tick", i++);
          host.send(i === 70_000 ? "end" : "enough");
        });
        </script>"#,
    );
    let display = Display::start();
    // 70,000 lines of log would only take time.
    let app = display.run_in(dir.main(), &[("RUST_LOG", "warn")]);
    let (stdout, stderr) = app.expect_exit(0);
    assert_eq!(stdout, [r#"[{"done":true},{"done":true}]"#, "kept 65536"]);
    let reports = stderr.iter().filter(|line| line.starts_with("error: "));
    // At the first, second, fourth… of the 4,464 that did not fit.
    let expected = (0..=12).map(|power| {
        format!(
            "error: Uncaught (in an event stream that nobody reads) Error: \
             65536 messages wait already: newer ones are lost, {} so far",
            1 << power
        )
    });
    assert_eq!(
        reports.cloned().collect::<Vec<_>>(),
        expected.collect::<Vec<_>>()
    );
}
