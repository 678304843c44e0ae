// Does the acts that the script orders, in the page or in one of its two frames.

const FOR_FRAMES = ["posts", "requests", "ways", "load"];
/** What a frame does; `begun` first, since it may not live to tell. */
const FRAME = `
  const acts = {};
  onmessage = ({ data: { n, kind, numbers } }) => {
    parent.postMessage(n, "*");
    setTimeout(() => acts[kind](numbers));
  };
`;

async function frames() {
  const sources = FOR_FRAMES.map(async (name) => (await fetch(`acts/${name}.js`)).text());
  // Written into the frame: a sandboxed one may not load the app's files.
  const srcdoc = `<script>${[FRAME, ...await Promise.all(sources)].join("\n")}</` + "script>";
  const add = (sandbox) =>
    new Promise((resolve) => {
      const frame = document.createElement("iframe");
      if (sandbox) frame.sandbox = "allow-scripts";
      Object.assign(frame, { srcdoc, onload: () => resolve(frame) });
      document.body.append(frame);
    });
  return { frame: await add(false), sandbox: await add(true) };
}

addEventListener("message", ({ data }) => Number.isInteger(data) && host.send("begun", data));
const ready = frames();
host.on("act", async ({ n, kind, place, numbers }) => {
  if (place !== "page") {
    (await ready)[place].contentWindow.postMessage({ n, kind, numbers }, "*");
    return;
  }
  host.send("begun", n);
  if (acts[kind]) setTimeout(() => acts[kind](numbers));
  else host.send("failed", `there is no act ${kind}`);
});
