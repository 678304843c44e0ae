//! The theme of the desktop, and who waits for another one.

use ipc_protocol::Theme;
use ipc_router::Reply;

#[derive(Default)]
pub(super) struct Themes {
    theme: Theme,
    /// Whoever knows the theme, and waits for another one.
    waiting: Vec<Reply<Theme>>,
}

impl Themes {
    /// Answers with the theme, as soon as it is another one than is known.
    pub(super) fn ask(&mut self, known: Option<Theme>, reply: Reply<Theme>) {
        match known == Some(self.theme) {
            true => self.waiting.push(reply),
            false => reply.send(Ok(self.theme)),
        }
    }

    pub(super) fn set(&mut self, theme: Theme) {
        if theme != self.theme {
            self.theme = theme;
            let waiting = self.waiting.drain(..);
            waiting.for_each(|reply| reply.send(Ok(theme)));
        }
    }
}
