//! Parts of a page by which its user moves the window.

use serde_json::{Value as Json, json};

use crate::realm::Realm;

const BAR: &str = "{ className: 'Element', tag: 'header', html: { 'data-host-drag': '' } }";

/// A press on an element.
fn press(realm: &Realm, element: &str, event: &str) {
    let event = format!(
        "{{ button: 0, detail: 1, defaultPrevented: false, {event}
            target: {{ className: 'Element', tag: 'p', html: {{}}, {element} }} }}"
    );
    realm.tell("MouseEvent", "mousedown", &event);
}

/// The pointer moves, with these buttons pressed.
fn move_on(realm: &Realm, buttons: u8) {
    realm.tell(
        "MouseEvent",
        "mousemove",
        &format!("{{ buttons: {buttons} }}"),
    );
}

/// The frames by which the host hears of a press on an element, and that the pointer is moved.
#[track_caller]
fn heard(element: &str, event: &str) -> Vec<Json> {
    let realm = Realm::new();
    realm.frames();
    press(&realm, element, event);
    move_on(&realm, 1);
    move_on(&realm, 1);
    realm.frames()
}

#[test]
fn a_press_on_a_drag_region_moves_the_window() {
    let drag = [json!({"type": "drag"})];
    assert_eq!(heard("html: { 'data-host-drag': '' }", ""), drag);
    assert_eq!(heard(&format!("parent: {BAR}"), ""), drag);
    // A drag region may be what else is for clicks.
    assert_eq!(
        heard("tag: 'button', html: { 'data-host-drag': '' }", ""),
        drag
    );
    let twice = [json!({"type": "toggleMaximize"})];
    assert_eq!(heard(&format!("parent: {BAR}"), "detail: 2,"), twice);
    assert_eq!(heard(&format!("parent: {BAR}"), "detail: 3,"), drag);
}

#[test]
fn no_other_press_does() {
    let none: [Json; 0] = [];
    assert_eq!(heard("", ""), none);
    for tag in ["a", "button", "input", "select", "textarea"] {
        let inside = format!("tag: '{tag}', parent: {BAR}");
        assert_eq!(heard(&inside, ""), none, "{tag}");
    }
    let left_out = format!("html: {{ 'data-host-drag': 'no' }}, parent: {BAR}");
    assert_eq!(heard(&left_out, ""), none);
    let in_bar = format!("parent: {BAR}");
    assert_eq!(heard(&in_bar, "button: 2,"), none);
    assert_eq!(heard(&in_bar, "defaultPrevented: true,"), none);
}

#[test]
fn a_click_moves_nothing() {
    let realm = Realm::new();
    realm.frames();
    press(&realm, &format!("parent: {BAR}"), "");
    // Released, and then moved.
    move_on(&realm, 0);
    move_on(&realm, 1);
    assert!(realm.frames().is_empty());
    // What is pressed last counts.
    press(&realm, &format!("parent: {BAR}"), "");
    press(&realm, "", "");
    move_on(&realm, 1);
    assert!(realm.frames().is_empty());
}

#[test]
fn a_drag_region_selects_no_text() {
    let realm = Realm::new();
    realm.run("globalThis.prevented = 0;");
    let press = |target: &str| {
        let event = format!(
            "{{ button: 0, detail: 1, defaultPrevented: false, onPrevented: () => prevented++, target: {target} }}"
        );
        realm.tell("MouseEvent", "mousedown", &event);
    };
    press(BAR);
    press("{ className: 'Element', tag: 'p', html: {} }");
    // What is no element, such as the document.
    press("{ className: 'HTMLLinkElement', href: '' }");
    assert!(realm.eval::<bool>("prevented === 1"));
}

#[test]
fn a_page_does_not_press_itself() {
    let realm = Realm::new();
    realm.frames();
    let event = format!("{{ button: 0, detail: 1, defaultPrevented: false, target: {BAR} }}");
    realm.pretend("MouseEvent", "mousedown", &event);
    move_on(&realm, 1);
    press(&realm, &format!("parent: {BAR}"), "");
    realm.pretend("MouseEvent", "mousemove", "{ buttons: 1 }");
    assert!(realm.frames().is_empty());
}
