//! Whose pages reach the app, and where a window may go.

mod frames;
mod navigation;
mod pages;

/// An app with the window `main`, which tells what it hears, answers `ask`, and ends when the page
/// says `end`. `options` are the window's, as inside of an object.
fn app(options: &str) -> String {
    format!(
        r#"
        import {{ createWindow, onIncident }} from "host:window";
        import {{ onEvent, sendToWindow }} from "host:ipc";

        onIncident(({{ type, url }}) => console.log("incident", type, url));
        onEvent(async ({{ channel, payload, type }}) => {{
          if (type === undefined) console.log(channel, JSON.stringify(payload));
          if (channel === "ask") await sendToWindow("main", "answer", payload);
          if (channel === "end") await win.close();
        }});
        const win = await createWindow({{ id: "main", title: "main", {options} }});
        "#
    )
}
