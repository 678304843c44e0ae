//! A hidden window: how it is to be once it is shown.

use ipc_protocol::{Position, WindowCommand, WindowState};

/// What only a window on the screen can be. Window managers forget it when a window is hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Hidden {
    /// `None`: wherever the window system puts it.
    pub(super) position: Option<Position>,
    pub(super) always_on_top: bool,
    pub(super) maximized: bool,
    pub(super) fullscreen: bool,
}

impl Hidden {
    /// What to remember of a window that is on the screen.
    pub(super) fn from_state(state: &WindowState) -> Hidden {
        let fills_screen = state.maximized || state.fullscreen;
        Hidden {
            position: (!fills_screen).then_some(state.position),
            always_on_top: state.always_on_top,
            maximized: state.maximized,
            fullscreen: state.fullscreen,
        }
    }

    /// Follows a command, if it is about what is remembered here; otherwise the window can
    /// follow it though hidden.
    pub(super) fn follow(&mut self, command: &WindowCommand) -> bool {
        match *command {
            WindowCommand::SetPosition(position) => self.position = Some(position),
            WindowCommand::SetAlwaysOnTop(on) => self.always_on_top = on,
            WindowCommand::Maximize => self.maximized = true,
            WindowCommand::Unmaximize | WindowCommand::Restore => self.maximized = false,
            WindowCommand::SetFullscreen(on) => self.fullscreen = on,
            _ => return false,
        }
        true
    }

    /// What the window is to be told as soon as it is shown.
    pub(super) fn commands(self) -> impl Iterator<Item = WindowCommand> {
        let position = self.position.map(WindowCommand::SetPosition);
        let wanted = [
            (self.always_on_top, WindowCommand::SetAlwaysOnTop(true)),
            (self.maximized, WindowCommand::Maximize),
            (self.fullscreen, WindowCommand::SetFullscreen(true)),
        ];
        let states = wanted
            .into_iter()
            .filter_map(|(on, command)| on.then_some(command));
        position.into_iter().chain(states)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_while_hidden_is_done_when_shown() {
        let mut hidden = Hidden::default();
        assert_eq!(hidden.commands().count(), 0);

        let position = Position { x: 3.0, y: 4.0 };
        let commands = [
            WindowCommand::SetPosition(position),
            WindowCommand::SetAlwaysOnTop(true),
            WindowCommand::Maximize,
            WindowCommand::SetFullscreen(true),
        ];
        for command in &commands {
            assert!(hidden.follow(command), "{command:?}");
        }
        assert_eq!(hidden.commands().collect::<Vec<_>>(), commands);

        for undone in [
            WindowCommand::SetAlwaysOnTop(false),
            WindowCommand::Restore,
            WindowCommand::SetFullscreen(false),
        ] {
            assert!(hidden.follow(&undone), "{undone:?}");
        }
        assert_eq!(
            hidden.commands().collect::<Vec<_>>(),
            [WindowCommand::SetPosition(position)]
        );
        assert!(!hidden.follow(&WindowCommand::Reload));
    }
}
