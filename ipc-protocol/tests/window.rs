//! The options windows are opened with, and commands: what is taken, and how the rest is refused.

#![allow(clippy::unwrap_used)]

use ipc_protocol::{
    ChannelList, Code, Origin, Position, Size, WindowCommand, WindowId, WindowSpec,
};

fn refusal(json: &str) -> String {
    let error = WindowSpec::from_json(json).unwrap_err();
    assert_eq!(error.code(), Code::BadOptions, "{json}");
    error.to_string()
}

fn command_refusal(json: &str) -> String {
    let error = WindowCommand::from_json(json).unwrap_err();
    assert_eq!(error.code(), Code::BadOptions, "{json}");
    error.to_string()
}

#[test]
fn no_options_are_the_defaults() {
    let spec = WindowSpec::from_json("{}").unwrap();
    assert_eq!(spec, WindowSpec::default());
    assert_eq!(
        spec.size(),
        Size {
            width: 800.0,
            height: 600.0
        }
    );
    assert_eq!(spec.position(), None);
    assert!(spec.resizable && spec.decorations && spec.visible);
    assert!(!spec.transparent && !spec.always_on_top && !spec.devtools && !spec.prevent_close);
}

#[test]
fn every_option_arrives() {
    let json = r#"{
        "id": "main", "title": "My App", "width": 320, "height": 240.5, "x": -5, "y": 7,
        "minWidth": 100, "minHeight": 101, "maxWidth": 1000, "maxHeight": 1001,
        "resizable": false, "decorations": false, "transparent": true, "alwaysOnTop": true,
        "visible": false, "devtools": true, "preventClose": true, "channels": ["a", "b*"],
        "origins": ["https://Example.com", "http://localhost:8080/"], "url": "page.html"
    }"#;
    let mut expected = WindowSpec::default();
    expected.id = Some(WindowId::new("main").unwrap());
    expected.title = "My App".to_owned();
    expected.width = 320.0;
    expected.height = 240.5;
    expected.x = Some(-5.0);
    expected.y = Some(7.0);
    expected.min_width = Some(100.0);
    expected.min_height = Some(101.0);
    expected.max_width = Some(1000.0);
    expected.max_height = Some(1001.0);
    expected.resizable = false;
    expected.decorations = false;
    expected.transparent = true;
    expected.always_on_top = true;
    expected.visible = false;
    expected.devtools = true;
    expected.prevent_close = true;
    expected.channels = Some(ChannelList::new(["a".to_owned(), "b*".to_owned()]).into());
    expected.origins = vec![
        Origin::new("https://example.com").unwrap(),
        Origin::new("http://localhost:8080").unwrap(),
    ];
    expected.url = Some("page.html".to_owned());

    let spec = WindowSpec::from_json(json).unwrap();
    assert_eq!(spec, expected);
    assert_eq!(spec.position(), Some(Position { x: -5.0, y: 7.0 }));
    let written = serde_json::to_string(&spec).unwrap();
    assert_eq!(WindowSpec::from_json(&written).unwrap(), spec);

    let html = WindowSpec::from_json(r#"{"html":"<p>"}"#).unwrap();
    assert_eq!(html.html.as_deref(), Some("<p>"));
}

#[test]
fn an_unknown_option_is_named() {
    for (json, name) in [
        (r#"{"widht":800}"#, "`widht`"),
        (r#"{"min_width":1}"#, "`min_width`"),
        (r#"{"title":"a","__proto__":{}}"#, "`__proto__`"),
    ] {
        let message = refusal(json);
        assert!(
            message.contains("unknown") && message.contains(name),
            "{message}"
        );
        assert!(!message.contains("line"), "{message}");
    }
}

#[test]
fn an_option_of_the_wrong_type_is_named() {
    let table = [
        ("id", "7"),
        ("id", "\"\""),
        ("title", "null"),
        ("width", "\"800\""),
        ("height", "null"),
        ("x", "true"),
        ("y", "{}"),
        ("minWidth", "[]"),
        ("minHeight", "\"1\""),
        ("maxWidth", "\"1\""),
        ("maxHeight", "\"1\""),
        ("resizable", "1"),
        ("decorations", "\"yes\""),
        ("transparent", "null"),
        ("alwaysOnTop", "0"),
        ("visible", "[]"),
        ("devtools", "{}"),
        ("preventClose", "1"),
        ("channels", "\"save\""),
        ("origins", "\"https://example.com\""),
        ("origins", "null"),
        ("url", "1"),
        ("html", "false"),
        ("width", "1e999"),
    ];
    for (option, value) in table {
        let message = refusal(&format!("{{\"{option}\":{value}}}"));
        let start = format!("option `{option}`: ");
        assert!(message.starts_with(&start), "{option}: {value}: {message}");
        assert!(!message.contains("line"), "{message}");
    }
    for (channels, start) in [
        (r#"["a",1]"#, "option `channels[1]`: invalid type"),
        (r#"7"#, "option `channels`: invalid type"),
        (r#"{"send":"a"}"#, "option `channels.send`: invalid type"),
        (
            r#"{"receive":null}"#,
            "option `channels.receive`: invalid type",
        ),
        (
            r#"{"send":["a",{}]}"#,
            "option `channels.send[1]`: invalid type",
        ),
        (r#"{"sent":["a"]}"#, "option `channels.sent`: unknown field"),
        (r#"{"send":[],"send":[]}"#, "option `channels`: duplicate"),
    ] {
        let message = refusal(&format!("{{\"channels\":{channels}}}"));
        assert!(message.starts_with(start), "{message}");
    }
    let message = refusal(r#"{"origins":["https://a.example","https://*.example"]}"#);
    assert!(
        message.starts_with("option `origins[1]`: \"https://*.example\" is not an origin"),
        "{message}"
    );
}

#[test]
fn what_is_not_one_object_is_refused() {
    for json in [
        "",
        "{",
        "null",
        "7",
        "\"a\"",
        "[]",
        r#"["main"]"#,
        "{} {}",
        r#"{"x":1,"x":2}"#,
    ] {
        refusal(json);
    }
}

#[test]
fn sizes_and_positions_have_a_range() {
    for option in [
        "width",
        "height",
        "minWidth",
        "minHeight",
        "maxWidth",
        "maxHeight",
    ] {
        for inside in ["1", "16383"] {
            let json = format!("{{\"{option}\":{inside}}}");
            WindowSpec::from_json(&json).unwrap();
        }
        for outside in ["0.9", "16383.5", "32767", "-1", "1e300"] {
            let message = refusal(&format!("{{\"{option}\":{outside}}}"));
            assert_eq!(message, format!("option `{option}` is out of range"));
        }
    }
    for (option, other) in [("x", "y"), ("y", "x")] {
        for inside in ["-16383", "0", "-0", "16383"] {
            let json = format!("{{\"{option}\":{inside},\"{other}\":0}}");
            WindowSpec::from_json(&json).unwrap();
        }
        for outside in ["-16384", "16384"] {
            let message = refusal(&format!("{{\"{option}\":{outside},\"{other}\":0}}"));
            assert_eq!(message, format!("option `{option}` is out of range"));
        }
    }
}

#[test]
fn options_must_fit_together() {
    let table = [
        (r#"{"x":1}"#, "options `x` and `y` go together"),
        (r#"{"y":1}"#, "options `x` and `y` go together"),
        (
            r#"{"url":"a.html","html":"<p>"}"#,
            "options `url` and `html` exclude each other",
        ),
        (
            r#"{"minWidth":2,"maxWidth":1}"#,
            "option `minWidth` is greater than `maxWidth`",
        ),
        (
            r#"{"minHeight":2,"maxHeight":1}"#,
            "option `minHeight` is greater than `maxHeight`",
        ),
    ];
    for (json, message) in table {
        assert_eq!(refusal(json), message);
    }
    WindowSpec::from_json(r#"{"minWidth":2,"maxWidth":2}"#).unwrap();
}

#[test]
fn texts_without_nul() {
    for option in ["title", "url", "html"] {
        let message = refusal(&format!("{{\"{option}\":\"a\\u0000b\"}}"));
        assert_eq!(
            message,
            format!("option `{option}` contains a NUL character")
        );
    }
    for (command, option) in [("setTitle", "title"), ("navigate", "url")] {
        let message = command_refusal(&format!(
            "{{\"command\":\"{command}\",\"value\":\"a\\u0000b\"}}"
        ));
        assert_eq!(
            message,
            format!("option `{option}` contains a NUL character")
        );
    }
}

#[test]
fn bad_commands_are_refused() {
    let table = [
        (r#"{"command":"explode"}"#, "unknown variant `explode`"),
        (r#"{"command":"setTitle"}"#, "missing field `value`"),
        (
            r#"{"command":"setTitle","value":1}"#,
            "option `value`: invalid type",
        ),
        (
            r#"{"command":"setSize","value":[1,2]}"#,
            "option `value`: invalid type",
        ),
        (
            r#"{"command":"setSize","value":{"width":"1","height":1}}"#,
            "option `value.width`: invalid type",
        ),
        (
            r#"{"command":"setSize","value":{"width":1,"height":1,"depth":1}}"#,
            "unknown field `depth`",
        ),
        (
            r#"{"command":"setSize","value":{"width":0,"height":1}}"#,
            "option `size` is out of range",
        ),
        (
            r#"{"command":"setPosition","value":{"x":0,"y":40000}}"#,
            "option `position` is out of range",
        ),
        (r#"{"value":true}"#, "missing field `command`"),
        (r#"["setTitle","a"]"#, "invalid type: sequence"),
        (r#""close""#, "invalid type: string"),
    ];
    for (json, expected) in table {
        let message = command_refusal(json);
        assert!(message.contains(expected), "{json}: {message}");
        assert!(!message.contains(" line "), "{message}");
    }
}

#[test]
fn texts_have_a_length() {
    for (option, command, limit) in [("title", "setTitle", 4_000), ("url", "navigate", 131_072)] {
        // Two bytes each: the limit counts bytes, not characters.
        for (text, is_within) in [
            ("é".repeat(limit / 2), true),
            ("é".repeat(limit / 2 + 1), false),
        ] {
            let expected = format!(
                "option `{option}` has {} bytes, {limit} are allowed",
                text.len()
            );
            let expected = (!is_within).then_some(expected);
            let spec = WindowSpec::from_json(&format!("{{\"{option}\":\"{text}\"}}"));
            assert_eq!(spec.err().map(|it| it.to_string()), expected);
            let json = format!("{{\"command\":\"{command}\",\"value\":\"{text}\"}}");
            let command = WindowCommand::from_json(&json);
            assert_eq!(command.err().map(|it| it.to_string()), expected);
        }
    }
}

#[test]
fn what_is_built_in_rust_can_be_checked_as_json_is() {
    let mut spec = WindowSpec::default();
    spec.check().unwrap();
    spec.max_width = Some(f64::NAN);
    let error = spec.check().unwrap_err();
    assert_eq!(error.to_string(), "option `maxWidth` is out of range");
    let size = Size {
        width: f64::INFINITY,
        height: 1.0,
    };
    let error = WindowCommand::SetSize(size).check().unwrap_err();
    assert_eq!(error.to_string(), "option `size` is out of range");
    WindowCommand::Close.check().unwrap();
}
