// What the apps of these tests share.

import { onChannel, sendToWindow } from "host:ipc";

/** What a page sees of itself. */
export interface Page {
  width: number;
  height: number;
  ratio: number;
  /** Whether it has the keyboard, and which element. */
  focused: boolean;
  element: string;
  /** What is in its text field. */
  text: string;
  path: string;
}

/** Asks a window's page what it sees. */
export function look(windowId: string): Promise<Page> {
  return new Promise((resolve) => {
    const unsubscribe = onChannel("looked", (page, from) => {
      if (from !== windowId) return;
      unsubscribe();
      resolve(page as Page);
    });
    sendToWindow(windowId, "look");
  });
}

/** Waits until a window says that its next page has loaded. */
export function loaded(windowId: string): Promise<string> {
  return new Promise((resolve) => {
    const unsubscribe = onChannel("loaded", (path, from) => {
      if (from !== windowId) return;
      unsubscribe();
      resolve(path as string);
    });
  });
}

/** Prints what has come true, as soon as it has. The test knows how long to wait for the line. */
export async function until(what: string, holds: () => Promise<boolean>) {
  while (!await holds()) await pause(20);
  console.log(what);
}

/** Waits until the test has told that it is so far. */
export async function told(name: string) {
  const path = decodeURIComponent(new URL(name, import.meta.url).pathname);
  while (await outcome(Deno.readTextFile(path)) !== '""') await pause(20);
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** How a call has ended: what it returned, as JSON, or its error's code. */
export async function outcome(promise: Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await promise) ?? "done";
  } catch (error) {
    return (error as { code: string }).code;
  }
}
