//! Options that no window can be opened with: the error names the option.

use super::printed;

#[test]
fn each_bad_option_is_named() {
    // What is passed, and what the message must say.
    let table = [
        ("{ titel: 'x' }", "titel"),
        ("{ Title: 'x' }", "Title"),
        ("{ title: 5 }", "title"),
        ("{ title: 'a\\0b' }", "title"),
        ("{ width: '800' }", "width"),
        ("{ width: NaN }", "width"),
        ("{ width: 0 }", "width"),
        ("{ width: -5 }", "width"),
        ("{ width: null }", "width"),
        ("{ height: Infinity }", "height"),
        ("{ height: 1e9 }", "height"),
        ("{ height: 5n }", "height"),
        ("{ x: 1e6, y: 0 }", "x"),
        ("{ x: 5 }", "y"),
        ("{ y: 5 }", "x"),
        ("{ minWidth: 0 }", "minWidth"),
        ("{ minHeight: [] }", "minHeight"),
        ("{ maxWidth: {} }", "maxWidth"),
        ("{ maxHeight: 1e9 }", "maxHeight"),
        ("{ minWidth: 300, maxWidth: 200 }", "minWidth"),
        ("{ minHeight: 300, maxHeight: 200 }", "maxHeight"),
        ("{ resizable: 1 }", "resizable"),
        ("{ decorations: 'no' }", "decorations"),
        ("{ transparent: 0 }", "transparent"),
        ("{ alwaysOnTop: 'yes' }", "alwaysOnTop"),
        ("{ visible: () => true }", "visible"),
        ("{ devtools: Symbol() }", "devtools"),
        ("{ preventClose: 1 }", "preventClose"),
        ("{ channels: 'a' }", "channels"),
        ("{ channels: ['a', 5] }", "channels"),
        ("{ url: 5 }", "url"),
        ("{ html: 5 }", "html"),
        ("{ url: 'index.html', html: '<p>' }", "html"),
        ("'title'", "object"),
        ("null", "object"),
        ("[]", "object"),
    ];
    let calls: String = table
        .iter()
        .map(|(options, _)| format!("await attempt({options});\n"))
        .collect();
    let script = format!(
        r#"
        async function attempt(options) {{
            try {{
                const win = await createWindow(options);
                console.log("opened");
                await win.close();
            }} catch (error) {{
                console.log(error instanceof TypeError, error.code, error.message);
            }}
        }}
        {calls}
        "#
    );
    let printed = printed(&script);
    assert_eq!(printed.len(), table.len(), "{printed:#?}");
    for ((options, named), line) in table.iter().zip(&printed) {
        assert!(line.starts_with("true bad-options "), "{options}: {line}");
        assert!(line.contains(named), "{options}: {line}");
    }
}

#[test]
fn bad_ids_have_a_code_of_their_own() {
    let printed = printed(
        r#"
        for (const id of ["", "x".repeat(300), 5]) console.log(await outcome(createWindow({ id })));
        "#,
    );
    assert_eq!(printed.len(), 3);
    for code in printed {
        assert!(["bad-window-id", "bad-options"].contains(&&*code), "{code}");
    }
}

#[test]
fn undefined_options_are_as_good_as_none() {
    let printed = printed(
        r#"
        const win = await createWindow({ title: undefined, width: undefined, url: undefined });
        console.log(JSON.stringify([await win.getTitle(), await win.getSize()]));
        await win.close();
        "#,
    );
    assert_eq!(printed, [r#"["",{"width":800,"height":600}]"#]);
}

#[test]
fn setters_check_as_the_options_do() {
    let printed = printed(
        r#"
        const win = await createWindow();
        for (
            const call of [
                win.setTitle(5),
                win.setTitle("a\0b"),
                win.setSize(0, 10),
                win.setSize(NaN, 10),
                win.setSize("10", 10),
                win.setSize(10),
                win.setIcon(),
                win.setIcon("a\0b"),
                win.setMinSize(0, 10),
                win.setMinSize(100),
                win.setMaxSize(10, 16_384),
                win.setPreventClose(),
                win.setPosition(1e9, 0),
                win.setPosition(0),
                win.setFullscreen("yes"),
                win.setFullscreen(),
                win.setResizable(1),
                win.setDecorations(null),
                win.setAlwaysOnTop({}),
                win.navigate(),
                win.navigate(5),
            ]
        ) console.log(await outcome(call));
        await win.close();
        "#,
    );
    assert_eq!(printed, ["bad-options"; 21]);
}
