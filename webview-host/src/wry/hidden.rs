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
            position: state.position.filter(|_| !fills_screen),
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

    /// The state of the hidden window, of which this is what the window system says.
    pub(super) fn in_state(self, state: WindowState) -> WindowState {
        WindowState {
            position: state.position.map(|shown| self.position.unwrap_or(shown)),
            visible: false,
            maximized: self.maximized,
            fullscreen: self.fullscreen,
            always_on_top: self.always_on_top,
            ..state
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_while_hidden_is_remembered() {
        let mut hidden = Hidden::default();
        let position = Position { x: 3.0, y: 4.0 };
        for command in [
            WindowCommand::SetPosition(position),
            WindowCommand::SetAlwaysOnTop(true),
            WindowCommand::Maximize,
            WindowCommand::SetFullscreen(true),
        ] {
            assert!(hidden.follow(&command), "{command:?}");
        }
        let wanted = Hidden {
            position: Some(position),
            always_on_top: true,
            maximized: true,
            fullscreen: true,
        };
        assert_eq!(hidden, wanted);

        for undone in [
            WindowCommand::SetAlwaysOnTop(false),
            WindowCommand::Restore,
            WindowCommand::SetFullscreen(false),
        ] {
            assert!(hidden.follow(&undone), "{undone:?}");
        }
        let placed = Hidden {
            position: Some(position),
            ..Hidden::default()
        };
        assert_eq!(hidden, placed);
        assert!(!hidden.follow(&WindowCommand::Reload));
    }
}
