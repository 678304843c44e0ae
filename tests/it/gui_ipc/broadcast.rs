//! `broadcast`.

use super::printed;

#[test]
fn eight_windows_get_it_once_and_bad_ids_are_reported() {
    let stdout = printed(
        r#"
        import { createWindow } from "host:window";
        import { broadcast, onChannel, sendToWindow } from "host:ipc";

        const ids = Array.from({ length: 8 }, (_, i) => `w${i}`);
        const windows = [];
        for (const id of ids) windows.push(await createWindow({ id, width: 200, height: 100 }));
        await (await createWindow({ id: "was-closed" })).close();

        const got = new Map<string, unknown>();
        onChannel("got", async (payloads, windowId) => {
          got.set(windowId, payloads);
          if (got.size < ids.length) return;
          for (const id of ids) console.log(id, JSON.stringify(got.get(id)));
          for (const win of windows) await win.close();
        });

        const results = await broadcast(
          new Set(["w0", "nobody", "w1", "w2", "was-closed", "w3", "", "w4", "w5", "w6", "w7"]),
          "news",
          { theme: "dark" },
        );
        for (const result of results) {
          if (result.ok) console.log(result.windowId, "ok");
          else {
            const { code, windowId, channel } = result.error;
            console.log(result.windowId, result.error instanceof Error, code, windowId, channel);
          }
        }
        await broadcast(ids, "news");
        await broadcast(ids, "end");
        console.log("to nobody", (await broadcast([], "news")).length);
        "#,
        r#"<script>
        const news = [];
        host.on("news", (payload) => news.push(payload));
        host.on("end", () => host.send("got", news));
        </script>"#,
    );
    let mut expected = vec![
        "w0 ok".to_owned(),
        "nobody true unknown-window nobody news".to_owned(),
        "w1 ok".to_owned(),
        "w2 ok".to_owned(),
        "was-closed true window-closed was-closed news".to_owned(),
        "w3 ok".to_owned(),
        " true bad-window-id  news".to_owned(),
        "w4 ok".to_owned(),
        "w5 ok".to_owned(),
        "w6 ok".to_owned(),
        "w7 ok".to_owned(),
        "to nobody 0".to_owned(),
    ];
    expected.extend((0..8).map(|i| format!(r#"w{i} [{{"theme":"dark"}},null]"#)));
    assert_eq!(stdout, expected);
}
