// The page's own processor and memory.

const spin = (ms) => {
  for (const end = performance.now() + ms; performance.now() < end;);
};

Object.assign(acts, {
  busy: ([a]) => spin(a * 4_000),
  "busy-for-ever": () => {
    for (;;);
  },
  workers: ([a]) => {
    const source = "const end=Date.now()+2000;while(Date.now()<end);";
    for (let n = 0; n < 1 + a * 4; n++) {
      try {
        new Worker(URL.createObjectURL(new Blob([source])));
      } catch {
        // Refused to a frame.
      }
    }
  },
  allocate: ([a]) => {
    const kept = [];
    for (let n = 0; n < a * 30; n++) kept.push(new Uint8Array(1e7).fill(n));
    setTimeout(() => kept.splice(0), 1_000);
  },
});
