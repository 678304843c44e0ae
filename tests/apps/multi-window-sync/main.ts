import { createWindow } from "host:window";
import { broadcast, onEvent } from "host:ipc";

// Track all window IDs
const windows = new Set<string>();

onEvent((event) => {
  windows.add(event.windowId);

  // Broadcast state changes to all windows
  if (event.channel === "state-change") {
    broadcast(
      Array.from(windows),
      "state-update",
      event.payload
    );
  }
});

for (const [i, id] of ["left", "middle", "right"].entries()) {
  await createWindow({ id, title: id, x: 10 + 410 * i, y: 40, width: 380, height: 200 });
}
