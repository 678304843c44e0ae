import { createWindow } from "host:window";
import { onChannel } from "host:ipc";

await createWindow({ title: "Event routing" });

// Route different channels to different handlers
onChannel("auth", handleAuth);
onChannel("data", handleData);
onChannel("settings", handleSettings);

function handleAuth(payload: unknown, windowId: string) {
  console.log("auth", JSON.stringify(payload), windowId);
}

function handleData(payload: unknown, windowId: string) {
  console.log("data", JSON.stringify(payload), windowId);
}

function handleSettings(payload: unknown, windowId: string) {
  console.log("settings", JSON.stringify(payload), windowId);
}
