//! Frames, popups and workers: they have no host.
