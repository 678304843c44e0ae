import { onChannel } from "host:ipc";

// Route different channels to different handlers
onChannel("auth", handleAuth);
onChannel("data", handleData);
onChannel("settings", handleSettings);

function handleAuth(payload: unknown, windowId: string) {
  // Handle authentication events
}

function handleData(payload: unknown, windowId: string) {
  // Handle data events
}

function handleSettings(payload: unknown, windowId: string) {
  // Handle settings events
}
