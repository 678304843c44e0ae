//! Keys that collide under a hash that everybody knows: they cost the script no more than others.
//!
//! Only time can show it. It is compared within one run, to what as many keys of the same length take,
//! and may be far more than that: without secret hashes it is a hundred times as much.

use serde_json::json;

use crate::app::run;

/// Takes JSON texts of a page, one with keys that are chosen and one with others, and notes how much
/// longer the first one takes, as an integer.
const CODE: &str = r#"
    import { onChannel } from "host:ipc";

    // The least of three, since the machine has other things to do.
    const cost = (act) => {
        const times = [0, 1, 2].map(() => {
            const start = Date.now();
            act();
            return Date.now() - start;
        });
        return Math.max(1, Math.min(...times));
    };
    const compare = (act, [chosen, others]) =>
        note(Math.floor(cost(() => act(chosen)) / cost(() => act(others))));
    onChannel("objects", (texts) => compare(JSON.parse, texts));
    onChannel("maps", (keys) => compare((keys) => new Map(keys.map((key) => [key, key])), keys));
"#;

/// How many times as long the chosen keys may take.
const MOST: u32 = 10;

/// Two pieces of text with the same `h * 263 + c`, and two with others.
const PIECES: [[&str; 2]; 2] = [
    ["\u{400}\u{400}", "\u{3ff}\u{507}"],
    ["\u{400}\u{400}", "\u{401}\u{507}"],
];

/// Texts of 16 pieces, each different from all others.
fn texts([zero, one]: [&str; 2]) -> Vec<String> {
    let text = |n: usize| {
        (0..16)
            .map(|bit| if n >> bit & 1 == 0 { zero } else { one })
            .collect()
    };
    (0..1 << 15).map(text).collect()
}

/// An object with these keys, as JSON.
fn object(keys: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    let members: Vec<_> = keys.into_iter().map(|key| format!("\"{key}\":1")).collect();
    format!("{{{}}}", members.join(","))
}

/// Sends both to the script, and checks how they compare.
fn compare(channel: &'static str, both: serde_json::Value) {
    run(CODE, move |app| {
        app.open("a");
        app.load("a");
        app.send("a", channel, &both.to_string());
        let notes = app.notes();
        let times: u32 = notes.concat().parse().unwrap();
        assert!(times < MOST, "{times} times as long");
    });
}

#[test]
fn keys_of_text() {
    compare("objects", json!(PIECES.map(|pieces| object(texts(pieces)))));
}

/// Those are kept as numbers.
#[test]
fn keys_of_digits() {
    let keys = |step: u32| object((0..1 << 15).map(|n| 1_000_000_000 + n * step));
    compare("objects", json!([keys(1 << 15), keys(1)]));
}

/// Objects with the same keys in the same order share a description of them. Descriptions are in a
/// table as well, by the numbers that the engine gave the keys, one after another.
#[test]
fn pairs_of_keys() {
    const KEYS: u32 = 50_000;
    // A pair's place was the upper bits of `a * first + b * second`.
    let step = 0x61c8_8647_u32;
    let (first, second) = (step.wrapping_pow(4), step.wrapping_pow(2));
    let mut seconds: Vec<_> = (0..KEYS).map(|b| (b.wrapping_mul(second), b)).collect();
    seconds.sort_unstable();
    let mut chosen = Vec::new();
    for a in 0..KEYS {
        let least = a.wrapping_mul(first).wrapping_neg();
        let from = seconds.partition_point(|(place, _)| *place < least);
        let close = |(place, _): &&(u32, u32)| place - least < 1 << 16;
        let found = seconds[from..].iter().take_while(close);
        chosen.extend(found.map(|(_, b)| (a, *b)).filter(|(a, b)| a != b));
    }
    // As many of one kind.
    let others = vec![(1, 2); chosen.len()];
    let text = |prefix: &str, pairs: &[(u32, u32)]| {
        let keys =
            |some: &mut dyn Iterator<Item = u32>| object(some.map(|n| format!("{prefix}{n}")));
        let pairs = pairs.iter().map(|(a, b)| keys(&mut [*a, *b].into_iter()));
        let all = keys(&mut (0..KEYS));
        format!("[{all},{}]", pairs.collect::<Vec<_>>().join(","))
    };
    compare("objects", json!([text("a", &chosen), text("b", &others)]));
}

#[test]
fn keys_of_maps() {
    compare("maps", json!(PIECES.map(texts)));
    // Numbers whose halves have the same bits.
    let number = |n: u64| f64::from_bits(n << 40 ^ 0x3ff0_0000_0000_0000 | n << 8);
    let chosen: Vec<_> = (1..1 << 15).map(number).collect();
    let others: Vec<_> = (1..1 << 15).map(|n| f64::from(n) + 0.1).collect();
    compare("maps", json!([chosen, others]));
}

/// A text is one key, however it is stored.
#[test]
fn a_text_is_the_same_key_in_every_form() {
    let code = r#"
        // One of bytes, one of units that bytes could hold, one of units; in one piece and in two.
        for (const [piece, wide] of [["key ", "\u20ac"], ["\u20ac\xe9", ""]]) {
            for (const length of [0, 1, 2, 3, 7, 8, 9, 1000, 5000, 20000]) {
                const flat = piece.repeat(length);
                const narrowed = (wide + flat).slice(wide.length);
                const half = Math.floor(length / 2);
                const joined = piece.repeat(half) + piece.repeat(length - half);
                const map = new Map([[flat, "flat"]]);
                const object = { [flat]: "flat" };
                const all = [flat, narrowed, joined, JSON.parse(JSON.stringify(joined))];
                for (const text of all) {
                    if (map.get(text) !== "flat" || object[text] !== "flat") note([piece, length]);
                    map.set(text, "flat");
                }
                if (map.size !== 1) note([piece, length, "size"]);
            }
        }
        // So are numbers, and what is equal to them.
        const numbers = new Map([[0, "zero"], [1, "one"], [NaN, "none"], [1n, "big"]]);
        const got = [-0, 1.5 - 0.5, 0 / 0, 1n, 2n ** 64n / 2n ** 64n].map((key) => numbers.get(key));
        note(got);
    "#;
    run(code, |app| {
        assert_eq!(app.notes(), [r#"["zero","one","none","big","big"]"#]);
    });
}
