// The delivery reports of a message: buttons that send one to the application, and those that were sent.

import { request } from "./api.js";
import { byId, element, reconcile } from "./dom.js";
import { exactTime, words } from "./format.js";
import { reportSettings, reportsOf } from "./state.js";

const FAULTS = [["duplicated", "Twice"], ["forged", "Forged"], ["lost", "Lost"]];

// Returns `null` if the gateway sends no reports of the message.
export function reportSection(message, run) {
  const settings = reportSettings(message.gateway);
  if (!settings || !message.is_delivered) return null;
  const boxes = FAULTS.map(([fault, label]) => {
    const box = element("input", { type: "checkbox", value: fault });
    return { box, label: element("label", {}, box, ` ${label}`) };
  });
  const send = (status) => run(() => {
    const faults = boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
    return request("POST", `api/messages/${encodeURIComponent(message.id)}/reports`, { statuses: [status], faults });
  });
  const button = (status) =>
    element("button", { type: "button", class: "small", on: { click: () => send(status) } }, words(status));
  return element("section", {},
    element("h3", {}, "Delivery reports"),
    element("p", { class: "muted" }, "Sent to ", element("code", {}, settings.origin)),
    ...(settings.problem ? [element("p", { class: "muted" }, `They cannot be signed: ${settings.problem}`)] : []),
    element("div", { class: "report-buttons", role: "group", "aria-label": "Send a report" }, ...settings.statuses.map(button)),
    element("fieldset", { class: "report-faults" }, element("legend", {}, "Faults"), ...boxes.map(({ label }) => label)),
    element("ol", { id: "sent-reports", class: "sent-reports", "aria-label": "Sent reports" }),
  );
}

// Adds reports to the list, and leaves the buttons alone: one of them has the focus.
export function renderReports(message) {
  const list = byId("sent-reports");
  if (!list || !message) return;
  const create = (report) => element("li", {}, `${exactTime(report.at)} ${reportText(report)}`);
  reconcile(list, reportsOf(message.id), (report) => report.id, create, () => {});
}

export function reportText({ status, faults, response, reason }) {
  const how = faults.length ? ` (${faults.join(", ")})` : "";
  const what = response === null ? reason : `the application responded with ${response}`;
  return `${words(status)}${how}: ${what}`;
}
