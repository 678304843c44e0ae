import { createWindow, onIncident } from "host:window";
import { handle, onChannel, onEvent, request } from "host:ipc";
import { options } from "./setup.ts";

let over = false;
onEvent(({ windowId, channel, payload, type }) => {
  if (channel === "over" || over) return;
  // Those of the window system come when it likes; a `close` comes from nobody else.
  if (type === undefined || type === "close") console.log(windowId, channel, JSON.stringify(payload));
});
onIncident(({ windowId, type, ...more }) => {
  if (!over) console.log(windowId, type, JSON.stringify(more));
});
// The attack itself is wrong.
onChannel("failed", (message) => {
  console.log("failed", message);
  Deno.exit(3);
});
handle("echo", (payload) => payload);

const victim = await createWindow({ id: "victim", url: "victim.html" });
const attacker = await createWindow({ id: "attacker", url: "attack.html", ...options });

onChannel("over", async (_, windowId) => {
  if (windowId !== "attacker" || over) return;
  over = true;
  const answer = await request("victim", "ask", "how are you?");
  if (answer !== "I have seen 0 messages, how are you?") throw new Error(String(answer));
  console.log("all is well");
  await attacker.close();
  await victim.close();
});
