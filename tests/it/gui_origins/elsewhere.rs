//! Pages that are there and may not reach the app.
