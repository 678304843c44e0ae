//! The short run: the seeds, and inputs that are made from them, always the same ones.

use std::any::Any;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

/// Calls a target with each of its seeds, and then so many times with what comes of changing them.
/// Returns how often it was called.
///
/// # Panics
/// As the target does; the input is shown before that. Also without any seed.
pub fn run(name: &str, target: fn(&[u8]), changed: usize) -> usize {
    let seeds = seeds(name);
    for seed in &seeds {
        call(name, target, seed);
    }
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..changed {
        call(name, target, &change(&seeds, &mut random));
    }
    seeds.len() + changed
}

fn call(name: &str, target: fn(&[u8]), input: &[u8]) {
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| target(input)));
    outcome.unwrap_or_else(|panicked: Box<dyn Any + Send>| {
        eprintln!("`{name}` does not hold for b\"{}\"", input.escape_ascii());
        panic::resume_unwind(panicked)
    });
}

/// The committed inputs of a target, sorted by their names.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{name} has no seeds");
    let read = |path| fs::read(path).expect("a seed");
    paths.into_iter().map(read).collect()
}

/// Up to eight changes to one of the seeds.
fn change(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = random.choose(seeds).clone();
    for _ in 0..=random.below(7) {
        let at = random.below(input.len());
        let end = (at + 1 + random.below(16)).min(input.len());
        match random.below(7) {
            0 if !input.is_empty() => input[at.min(end - 1)] ^= 1 << random.below(7),
            1 if !input.is_empty() => input[at.min(end - 1)] = random.byte(),
            2 => input.insert(at, random.byte()),
            3 => _ = input.drain(at..end.max(at)),
            4 => {
                let part = input[at..end.max(at)].to_vec();
                let to = random.below(input.len());
                input.splice(to..to, part);
            }
            5 => {
                let other = random.choose(seeds);
                let from = random.below(other.len());
                let to = (from + random.below(64)).min(other.len());
                input.splice(at..end.max(at), other[from..to].iter().copied());
            }
            6 => input.truncate(at),
            _ => input.extend([0; 8].map(|_| random.byte())),
        }
    }
    input
}

/// Numbers without a pattern that matters here, the same in every run: xorshift64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn byte(&mut self) -> u8 {
        (self.next() >> 32) as u8
    }

    /// A number from 0 to `most`.
    fn below(&mut self, most: usize) -> usize {
        (self.next() >> 16) as usize % (most + 1)
    }

    fn choose<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() - 1)]
    }
}
