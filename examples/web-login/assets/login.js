// Makes the page quicker and says more. Everything works without it.

// A page from the history shows an old state, and its forms have been posted already.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

for (const form of document.querySelectorAll("[data-form]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.posted) return event.preventDefault();
    form.dataset.posted = "true";
    const button = form.querySelector("button");
    if (!button.dataset.busy) return;
    button.textContent = button.dataset.busy;
    button.setAttribute("aria-disabled", "true");
    const status = form.querySelector("[data-status]");
    if (status) status.textContent = button.dataset.busy;
  });
}

// A cursor behind the suggested country code, where the number begins.
const number = document.getElementById("number");
if (number) number.setSelectionRange(number.value.length, number.value.length);

const code = document.querySelector("[data-code]");
if (code) {
  const digits = () => (code.value.match(/\p{Nd}/gu) ?? []).length;
  let before = digits();
  code.addEventListener("input", () => {
    const now = digits();
    // Only a code that arrives at once, by pasting or autofill. Sending while a person still types
    // would take the page away.
    if (now === 6 && now - before > 1) code.form.requestSubmit();
    before = now;
  });
  // Chrome on Android offers the code of the message.
  if ("OTPCredential" in window) {
    const stop = new AbortController();
    code.form.addEventListener("submit", () => stop.abort());
    navigator.credentials
      .get({ otp: { transport: ["sms"] }, signal: stop.signal })
      .then((otp) => {
        code.value = otp.code;
        code.form.requestSubmit();
      })
      .catch(() => {}); // The person types it instead.
  }
}

for (const time of document.querySelectorAll("[data-seconds]")) {
  // By the clock: a timer of a tab in the background is late.
  const end = Date.now() + time.dataset.seconds * 1000;
  const wait = time.closest("[data-wait]");
  const button = wait && wait.parentElement.querySelector("button");
  if (button) button.disabled = true;
  const two = (value) => String(value).padStart(2, "0");
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    const hours = Math.floor(left / 3600);
    const minutes = Math.floor(left / 60) % 60;
    time.textContent = hours
      ? `${hours}:${two(minutes)}:${two(left % 60)}`
      : `${minutes}:${two(left % 60)}`;
    if (left > 0) return;
    clearInterval(timer);
    if (wait) wait.hidden = true;
    if (button) {
      button.disabled = false;
      button.removeAttribute("aria-describedby");
    }
  };
  const timer = setInterval(tick, 500);
}
