//! `recvWindowEvent`.

use super::printed;

#[test]
fn events_come_one_by_one_and_null_after_the_last() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { type IpcEvent, recvWindowEvent } from "host:ipc";

        const win = await createWindow();
        async function next(): Promise<IpcEvent | null> {
          for (;;) {
            const event = await recvWindowEvent();
            if (event === null || event.type === undefined || event.type === "close") return event;
          }
        }
        console.log(JSON.stringify(await next()));
        // Nothing is lost while nobody asks, and each goes to one who asks.
        await new Promise((resolve) => setTimeout(resolve, 100));
        console.log(JSON.stringify(await Promise.all([next(), next()])));
        await win.close();
        console.log(JSON.stringify(await next()));
        console.log(JSON.stringify([await recvWindowEvent(), await recvWindowEvent()]));
        "#,
        r#"<script>
        for (let i = 1; i <= 3; i++) host.send("tick", i);
        </script>"#,
    );
    let tick = |i: u8| format!(r#"{{"windowId":"win-1","channel":"tick","payload":{i}}}"#);
    assert_eq!(
        stdout,
        [
            tick(1),
            format!("[{},{}]", tick(2), tick(3)),
            r#"{"windowId":"win-1","channel":"close","payload":null,"type":"close"}"#.to_owned(),
            "[null,null]".to_owned(),
        ]
    );
}
