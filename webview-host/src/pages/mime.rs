//! MIME types, by the endings of files.

use std::path::Path;

use mime_guess::mime;

/// Where the table of all endings says something else than the web does.
const OWN: &[(&str, &str)] = &[
    ("cjs", "text/javascript"),
    ("mjs", "text/javascript"),
    ("cts", "application/typescript"),
    ("mts", "application/typescript"),
    ("ts", "application/typescript"),
    ("tsx", "application/typescript"),
    ("jsx", "text/jsx"),
    ("geojson", "application/geo+json"),
    ("map", "application/json"),
    ("opus", "audio/ogg"),
    ("otf", "font/otf"),
    ("woff", "font/woff"),
];

/// The MIME type of a file, with the character set for text.
pub(super) fn of(path: &Path) -> String {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let own = ending.and_then(|ending| {
        let mut own = OWN.iter();
        own.find(|(own, _)| own.eq_ignore_ascii_case(ending))
    });
    let guessed = mime_guess::from_path(path).first_or_octet_stream();
    let mime = own.map_or(guessed.essence_str(), |(_, mime)| mime);
    match is_text(mime) {
        true => format!("{mime}; charset=utf-8"),
        false => mime.to_owned(),
    }
}

fn is_text(mime: &str) -> bool {
    let Some((kind, name)) = mime.split_once('/') else {
        return false;
    };
    kind == mime::TEXT.as_str()
        || matches!(name, "javascript" | "json" | "typescript")
        || name.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_types_that_pages_need() {
        for (name, mime) in [
            ("page.html", "text/html; charset=utf-8"),
            ("PAGE.HTML", "text/html; charset=utf-8"),
            ("style.css", "text/css; charset=utf-8"),
            ("script.js", "text/javascript; charset=utf-8"),
            ("module.mjs", "text/javascript; charset=utf-8"),
            ("MODULE.MJS", "text/javascript; charset=utf-8"),
            ("data.json", "application/json; charset=utf-8"),
            ("script.js.map", "application/json; charset=utf-8"),
            (
                "app.webmanifest",
                "application/manifest+json; charset=utf-8",
            ),
            ("source.ts", "application/typescript; charset=utf-8"),
            ("source.tsx", "application/typescript; charset=utf-8"),
            ("note.txt", "text/plain; charset=utf-8"),
            ("note.md", "text/markdown; charset=utf-8"),
            ("captions.vtt", "text/vtt; charset=utf-8"),
            ("table.csv", "text/csv; charset=utf-8"),
            ("page.xhtml", "application/xhtml+xml"),
            ("data.xml", "text/xml; charset=utf-8"),
            ("code.wasm", "application/wasm"),
            ("image.svg", "image/svg+xml"),
            ("image.png", "image/png"),
            ("image.apng", "image/apng"),
            ("image.jpg", "image/jpeg"),
            ("image.gif", "image/gif"),
            ("image.webp", "image/webp"),
            ("image.avif", "image/avif"),
            ("image.ico", "image/x-icon"),
            ("font.woff2", "font/woff2"),
            ("font.woff", "font/woff"),
            ("font.ttf", "font/ttf"),
            ("font.otf", "font/otf"),
            ("sound.mp3", "audio/mpeg"),
            ("sound.wav", "audio/wav"),
            ("sound.ogg", "audio/ogg"),
            ("sound.opus", "audio/ogg"),
            ("sound.flac", "audio/flac"),
            ("sound.m4a", "audio/m4a"),
            ("film.mp4", "video/mp4"),
            ("film.webm", "video/webm"),
            ("file.pdf", "application/pdf"),
            ("model.glb", "model/gltf-binary"),
            ("unknown.qqq", "application/octet-stream"),
            ("none", "application/octet-stream"),
        ] {
            assert_eq!(of(Path::new(name)), mime, "{name}");
        }
    }
}
