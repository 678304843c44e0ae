// Requests to the app's origin: many, odd, big, and answers that nobody reads.

const ask = (path, options) => fetch(`app://localhost/${path}`, options).catch(() => {});

Object.assign(acts, {
  // 100 MB each. Some are read, some given up, most left as they are.
  "fetch-big": ([a, b]) => {
    for (let n = 0; n < 4 + a * 36; n++) {
      const giveUp = new AbortController();
      ask(`big.bin?${n}`, { signal: giveUp.signal }).then((answer) => {
        if (n % 8 === 0) answer?.blob().catch(() => {});
        if (n % 8 === 1) giveUp.abort();
      });
      if (b < 0.2) giveUp.abort();
    }
  },
  "fetch-missing": ([a, b]) => {
    for (let n = 0; n < a * 2_000; n++) ask("x".repeat(b * 600) + n);
  },
  "fetch-long": ([a, b]) => {
    for (let n = 0; n < a * 2_000; n++) ask("x".repeat(b * 60_000) + n);
  },
  // More than 24,576 are more than the host's table takes. The page needs seconds to write so many.
  "fetch-headers": ([a, b]) => {
    const names = Array.from({ length: 1 + Math.min(a * 50_000, 25_000) }, (_, n) => [`x${n}`, "y".repeat(b * 10)]);
    ask("index.html", { headers: Object.fromEntries(names) });
  },
  "fetch-bodies": ([a]) => {
    const form = new FormData();
    form.append("file", new Blob(["x".repeat(1e6)]), "name");
    const bodies = ["x".repeat(a * 3e7), new Uint8Array(a * 3e7), form, new Blob([]), new URLSearchParams({ a: "b" })];
    for (const body of bodies) {
      for (const method of ["POST", "PUT", "DELETE", "x".repeat(a * 1e5 + 1)]) ask("index.html", { method, body });
    }
  },
  // What loads without scripts, parts of a big file among it.
  media: ([a]) => {
    for (let n = 0; n < a * 50; n++) {
      for (const name of ["img", "video", "script"]) {
        const element = document.createElement(name);
        element.src = `app://localhost/${n % 2 ? "big.bin" : "missing"}?${n}`;
        document.documentElement.append(element);
        setTimeout(() => element.remove(), 1_000);
      }
    }
    for (let n = 0; n < 20; n++) ask("big.bin", { headers: { range: `bytes=${n * 1e6}-` } });
  },
  "requests-that-block": ([a]) => {
    for (let n = 0; n < a * 300; n++) {
      try {
        const request = new XMLHttpRequest();
        request.open("GET", `app://localhost/missing?${n}`, false);
        request.send();
      } catch {
        // Refused to a frame.
      }
    }
  },
});
