//! Text on stdout and stderr.
//!
//! Whoever reads them may go away before the app does: `| head`, a terminal that is closed, a disk that is
//! full. That ends nothing and is told to nobody, since there is nobody to tell: what cannot be written
//! is dropped.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

/// Where text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// What the app says.
    Stdout,
    /// What goes wrong.
    Stderr,
}

impl Output {
    /// Writes text, as far as it can be written.
    pub fn print(self, text: &str) {
        match self {
            Output::Stdout => print_to(io::stdout().lock(), text),
            Output::Stderr => print_to(io::stderr().lock(), text),
        }
    }
}

/// How long to wait for room in a pipe that another process has made one that does not wait.
const PAUSE: Duration = Duration::from_millis(1);

fn print_to(mut output: impl Write, text: &str) {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        match output.write(rest) {
            Ok(0) => return,
            Ok(written) => rest = &rest[written..],
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock => thread::sleep(PAUSE),
                _ => return,
            },
        }
    }
    // What is not written now is tried again with the next text.
    let _ = output.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes some bytes at a time, and fails in every way there is.
    struct Odd {
        taken: Vec<u8>,
        turn: usize,
        end: usize,
    }

    impl Write for Odd {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.turn += 1;
            match self.turn % 4 {
                0 => return Err(io::ErrorKind::WouldBlock.into()),
                1 => return Err(io::ErrorKind::Interrupted.into()),
                _ if self.taken.len() >= self.end => return Err(io::ErrorKind::BrokenPipe.into()),
                _ => {}
            }
            let taken = bytes.len().min(3);
            self.taken.extend(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    #[test]
    fn all_is_written_that_can_be() {
        for end in [0, 6, 100] {
            let mut odd = Odd {
                taken: Vec::new(),
                turn: 0,
                end,
            };
            let text = "some text, and more of it\n";
            print_to(&mut odd, text);
            assert_eq!(odd.taken, &text.as_bytes()[..end.min(text.len())]);
        }
    }
}
