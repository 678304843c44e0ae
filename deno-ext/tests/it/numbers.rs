//! Numbers of payloads: the script reads the number that the text means, to the last bit.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::app::run;

/// Numbers as JSON may write them: what programs print, and digits without end.
fn numbers() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i32>().prop_map(|n| n.to_string()),
        proptest::num::f64::ANY
            .prop_filter("JSON has no other", |n| n.is_finite())
            .prop_flat_map(|n| prop_oneof![Just(format!("{n}")), Just(format!("{n:e}"))]),
        (0..500_i32).prop_map(|n| format!("{}.{:02}", n / 100, n % 100)),
        (
            "-?(0|[1-9][0-9]{0,40})",
            "(\\.[0-9]{1,40})?",
            "([eE][+-]?[0-9]{1,3})?"
        )
            .prop_map(|(whole, fraction, exponent)| whole + &fraction + &exponent),
    ]
}

/// The bits of each number, as the script is to find them.
fn bits(numbers: &[String]) -> String {
    let bits = numbers
        .iter()
        .map(|n| n.parse::<f64>().unwrap().to_bits().to_string());
    bits.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_number_arrives_to_the_last_bit() {
    let code = r#"
        import { onChannel } from "host:ipc";
        const show = (all) => note(new BigUint64Array(new Float64Array(all).buffer).join(" "));
        onChannel("list", show);
        onChannel("text", (texts) => show(texts.map((text) => JSON.parse(text))));
    "#;
    run(code, |app| {
        app.open("a");
        app.load("a");
        let mut random = TestRunner::deterministic();
        let lists = prop::collection::vec(numbers(), 2_000);
        for _ in 0..5 {
            let list = lists.new_tree(&mut random).unwrap().current();
            app.send("a", "list", &format!("[{}]", list.join(",")));
            app.send("a", "text", &format!("{list:?}"));
            let expected = bits(&list);
            for found in app.notes() {
                let [found, expected] =
                    [&found, &expected].map(|bits| bits.split(' ').collect::<Vec<_>>());
                assert_eq!(found.len(), list.len());
                for ((text, found), expected) in list.iter().zip(found).zip(expected) {
                    assert_eq!(found, expected, "{text}");
                }
            }
        }
    });
}
