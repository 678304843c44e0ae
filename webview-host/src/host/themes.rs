//! The theme of the desktop, and who waits for another one.

use ipc_protocol::Theme;
use ipc_router::Reply;

#[derive(Default)]
pub(super) struct Themes {
    theme: Theme,
    /// Whoever knows this theme, and waits for another one.
    waiting: Vec<(Theme, Reply<Theme>)>,
}

impl Themes {
    /// Answers with the theme, as soon as it is another one than is known.
    pub(super) fn ask(&mut self, known: Option<Theme>, reply: Reply<Theme>) {
        match known {
            Some(known) if known == self.theme => self.waiting.push((known, reply)),
            _ => reply.send(Ok(self.theme)),
        }
    }

    pub(super) fn set(&mut self, theme: Theme) {
        self.theme = theme;
        for (_, reply) in self.waiting.extract_if(.., |(known, _)| *known != theme) {
            reply.send(Ok(theme));
        }
    }
}
