//! What a script gives to `host:ipc`.

use super::printed;

#[test]
fn channels_and_ids_that_cannot_be() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import * as ipc from "host:ipc";

        const win = await createWindow();
        async function outcome(call: () => unknown) {
          try {
            await call();
            return "accepted";
          } catch (error) {
            return `${(error as Error).name} ${(error as any).code}`;
          }
        }
        const { id } = win;
        const handler = () => {};
        const x = (bytes: number) => "x".repeat(bytes);

        for (const channel of [1, undefined, null, {}, "", x(257), "é".repeat(129), x(256)] as any[]) {
          const calls = [
            () => ipc.sendToWindow(id, channel),
            () => ipc.broadcast([id], channel),
            () => ipc.onChannel(channel, handler)(),
            () => ipc.channelEvents(channel).return(),
          ];
          console.log((await Promise.all(calls.map(outcome))).join(", "));
        }
        for (const channel of ["close", "focus", "blur", "resize", "move"]) {
          console.log(channel, await outcome(() => ipc.sendToWindow(id, channel)));
        }
        for (const windowId of [1, undefined, null, {}, "", x(257)] as any[]) {
          const calls = [
            () => ipc.sendToWindow(windowId, "c"),
            () => ipc.windowEventsFor(windowId).return(),
          ];
          console.log((await Promise.all(calls.map(outcome))).join(", "));
        }
        for (const call of [
          () => ipc.broadcast([id, 1] as any, "c"),
          () => ipc.broadcast(undefined as any, "c"),
          () => ipc.broadcast(id, "c"),
          () => ipc.onEvent(undefined as any),
          () => ipc.onChannel("c", {} as any),
        ]) console.log(await outcome(call));
        await win.close();
        "#,
        "",
    );
    let bad_channel = ["TypeError bad-channel"; 4].join(", ");
    let mut expected = vec![bad_channel; 7];
    expected.push(["accepted"; 4].join(", "));
    expected.extend(
        ["close", "focus", "blur", "resize", "move"]
            .map(|channel| format!("{channel} Error reserved-channel")),
    );
    expected.extend(vec![["TypeError bad-window-id"; 2].join(", "); 6]);
    expected.extend(
        [
            // One that is no string is that window's own result.
            "accepted",
            "TypeError bad-window-id",
            "TypeError bad-window-id",
            "TypeError bad-handler",
            "TypeError bad-handler",
        ]
        .map(str::to_owned),
    );
    assert_eq!(stdout, expected);
}

#[test]
fn payloads_that_json_cannot_carry() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { broadcast, sendToWindow } from "host:ipc";

        const win = await createWindow();
        const cycle: Record<string, unknown> = {};
        cycle.self = cycle;
        const payloads = {
          function: () => {},
          symbol: Symbol("s"),
          BigInt: 1n,
          "BigInt inside": { list: [1n] },
          cycle,
          "throwing toJSON": { toJSON() { throw new RangeError("no"); } },
          "toJSON to nothing": { toJSON() {} },
        };
        for (const [name, payload] of Object.entries(payloads)) {
          for (const [windowId, sent] of [
            [win.id, () => sendToWindow(win.id, "update", payload)],
            [undefined, () => broadcast([win.id], "update", payload)],
          ] as const) {
            try {
              await sent();
              console.log(name, "accepted");
            } catch (error) {
              const { code, channel, cause } = error as any;
              console.log(name, error instanceof TypeError, code, channel,
                (error as any).windowId === windowId, cause instanceof Error);
            }
          }
        }
        await win.close();
        "#,
        "",
    );
    let expected = [
        ("function", false),
        ("symbol", false),
        ("BigInt", true),
        ("BigInt inside", true),
        ("cycle", true),
        ("throwing toJSON", true),
        ("toJSON to nothing", false),
    ];
    let expected = expected.iter().flat_map(|(name, caused)| {
        let line = format!("{name} true bad-payload update true {caused}");
        [line.clone(), line]
    });
    assert_eq!(stdout, expected.collect::<Vec<_>>());
}

#[test]
fn payloads_beyond_the_limits() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { broadcast, onChannel, sendToWindow } from "host:ipc";

        const win = await createWindow();
        async function outcome(sent: Promise<unknown>) {
          try {
            await sent;
            console.log("accepted");
          } catch (error) {
            const { name, code, windowId, message } = error as any;
            console.log(name, code, windowId, "-", message);
          }
        }
        const nested = (levels: number) => JSON.parse("[".repeat(levels) + "]".repeat(levels));
        const LIMIT = 64 * 1024 * 1024;

        onChannel("got", (got) => {
          console.log("page got", JSON.stringify(got));
          win.close();
        });
        await outcome(sendToWindow(win.id, "deep", nested(256)));
        await outcome(sendToWindow(win.id, "deep", nested(257)));
        await outcome(broadcast([win.id], "deep", nested(257)));
        // With its quotes, one byte over the limit.
        await outcome(sendToWindow(win.id, "large", "x".repeat(LIMIT - 1)));
        await sendToWindow(win.id, "end");
        "#,
        r#"<script>
        const got = [];
        const depth = (value) => Array.isArray(value) ? 1 + depth(value[0]) : 0;
        host.on("deep", (value) => got.push(depth(value)));
        host.on("large", () => got.push("large"));
        host.on("end", () => host.send("got", got));
        </script>"#,
    );
    assert_eq!(
        stdout,
        [
            "accepted",
            "Error payload-too-deep win-1 - the payload is nested more than 256 levels deep",
            "Error payload-too-deep undefined - the payload is nested more than 256 levels deep",
            "Error payload-too-large win-1 - the payload has 67108865 bytes, 67108864 are allowed",
            "page got [256]",
        ]
    );
}
