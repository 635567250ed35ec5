// Creates and updates elements. Texts of messages are only ever inserted as text nodes or as
// attribute values, so that a message cannot add elements or scripts to the page.

export const byId = (id) => document.getElementById(id);

// Creates an element. `properties` are attributes, except for `on`, an object of listeners. An
// attribute of `null` or `false` is left out. Children are nodes and texts; `null` is left out.
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (value !== null && value !== false) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.flat().filter((child) => child !== null));
  return node;
}

// A sentence of the server as nodes. Names in it are between backquotes.
export function sentence(text) {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return [text];
  return parts.map((part, index) => (index % 2 === 0 ? part : element("code", {}, part)));
}

// Sets a text only if it changes: assistive technology announces each assignment in a live region.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Makes the children of `parent` those of `items`, by key. Elements of unchanged keys are kept, so
// that they keep their focus, their scroll position and a selection of text.
export function reconcile(parent, items, keyOf, create, update) {
  const focused = document.activeElement;
  const keys = new Set(items.map(keyOf));
  const existing = new Map();
  for (const child of [...parent.children]) {
    if (keys.has(child.dataset.key)) existing.set(child.dataset.key, child);
    else child.remove();
  }
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const node = existing.get(key) ?? create(item);
    node.dataset.key = key;
    update(node, item);
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  // An element that is moved loses the focus.
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
}

// Copies a text. The clipboard interface exists only on https and loopback pages; elsewhere the
// older command is used.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = element("textarea", { class: "unseen", readonly: true, "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}

// Copies a text and shows the result on the button for a moment.
export async function copyFrom(button, text) {
  const label = button.querySelector("[data-copy-label]") ?? button;
  button.dataset.label ??= label.textContent;
  const focused = document.activeElement;
  const copied = await copy(text);
  focused?.focus({ preventScroll: true });
  label.textContent = copied ? "Copied" : "Not copied";
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = setTimeout(() => {
    label.textContent = button.dataset.label;
  }, 1600);
  return copied;
}
