//! What the app prints, line by line.

use std::fmt;

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// The victim is there, and nobody else.
    Ready,
    /// A round begins.
    Round(Round),
    /// An act is ordered.
    Act(Act),
    /// The page or the frame has come to the act of this number.
    Begun(u64),
    /// What the victim has waited for in the last second.
    Waits(Vec<Wait>),
    /// The page's process of an attacker is to be killed.
    Kill,
    /// Only the victim is there.
    Quiet,
    /// The app says itself that something is wrong.
    Failed(String),
    /// The app ends.
    Over,
    /// None of these.
    Other(String),
}

/// What a round has besides what all have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    /// Nothing.
    Host,
    /// Messages for which the script needs long by their size.
    Large,
    /// Acts over which the webview stalls by itself.
    Webview,
}

/// What one page or frame is told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Act {
    /// From 1, over all rounds.
    pub(super) number: u64,
    /// When it was ordered: milliseconds since 1970.
    pub(super) at: u64,
    pub(super) kind: String,
    pub(super) window: String,
    /// In the page, in a frame, or with the window by the script.
    pub(super) place: String,
}

/// One question of the victim, and how long it waited for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    /// Milliseconds since 1970.
    pub(super) asked: u64,
    pub(super) ms: u64,
}

impl Wait {
    pub(super) fn answered(&self) -> u64 {
        self.asked.saturating_add(self.ms)
    }
}

impl Line {
    pub(super) fn parse(line: &str) -> Line {
        Line::known(line).unwrap_or_else(|| Line::Other(line.to_owned()))
    }

    fn known(line: &str) -> Option<Line> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        Some(match (word, rest) {
            ("ready", "") => Line::Ready,
            ("round", "host") => Line::Round(Round::Host),
            ("round", "large") => Line::Round(Round::Large),
            ("round", "webview") => Line::Round(Round::Webview),
            ("act", rest) => Line::Act(Act::parse(rest)?),
            ("begun", rest) => Line::Begun(rest.parse().ok()?),
            ("waits", rest) => Line::Waits(waits(rest)?),
            ("kill", "") => Line::Kill,
            ("quiet", "") => Line::Quiet,
            ("failed", rest) => Line::Failed(rest.to_owned()),
            ("over", "") => Line::Over,
            _ => return None,
        })
    }
}

impl Act {
    fn parse(text: &str) -> Option<Act> {
        let words: Vec<_> = text.split(' ').collect();
        let [number, at, kind, window, place] = words.as_slice() else {
            return None;
        };
        Some(Act {
            number: number.parse().ok()?,
            at: at.parse().ok()?,
            kind: (*kind).to_owned(),
            window: (*window).to_owned(),
            place: (*place).to_owned(),
        })
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Act {
            number,
            kind,
            window,
            place,
            ..
        } = self;
        write!(f, "act {number}, {kind} ({window}, {place})")
    }
}

/// Pairs of when and how long.
fn waits(text: &str) -> Option<Vec<Wait>> {
    let numbers: Option<Vec<u64>> = text.split_whitespace().map(|it| it.parse().ok()).collect();
    let pairs = numbers?;
    let pairs = pairs.chunks(2).map(|pair| match pair {
        &[asked, ms] => Some(Wait { asked, ms }),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_app_prints_is_read() {
        let act = Act {
            number: 7,
            at: 1_000,
            kind: "fetch-big".into(),
            window: "attacker-0".into(),
            place: "frame".into(),
        };
        assert_eq!(act.to_string(), "act 7, fetch-big (attacker-0, frame)");
        let waits = |pairs: &[(u64, u64)]| {
            let pairs = pairs.iter().map(|&(asked, ms)| Wait { asked, ms });
            Line::Waits(pairs.collect())
        };
        for (text, line) in [
            ("ready", Line::Ready),
            ("round host", Line::Round(Round::Host)),
            ("round large", Line::Round(Round::Large)),
            ("round webview", Line::Round(Round::Webview)),
            ("act 7 1000 fetch-big attacker-0 frame", Line::Act(act)),
            ("begun 7", Line::Begun(7)),
            ("waits ", waits(&[])),
            ("waits 5 1 6 200", waits(&[(5, 1), (6, 200)])),
            ("kill", Line::Kill),
            ("quiet", Line::Quiet),
            ("failed victim x", Line::Failed("victim x".into())),
            ("over", Line::Over),
        ] {
            assert_eq!(Line::parse(text), line, "{text}");
        }
    }

    #[test]
    fn what_is_none_of_these_is_told() {
        for text in [
            "",
            "ready?",
            "round",
            "act 7 1000 fetch-big attacker-0",
            "act seven 1000 fetch-big attacker-0 page",
            "begun",
            "waits 5",
            "waits 5 x",
            "waits 5 -1",
        ] {
            assert_eq!(Line::parse(text), Line::Other(text.into()));
        }
    }
}
