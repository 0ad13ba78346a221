// A form is sent once: the pressed button says that it is being sent, a second press does nothing.
(() => {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) return event.preventDefault();
    if (event.defaultPrevented || form.method !== "post") return;
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (button?.dataset.busy) {
      button.setAttribute("aria-disabled", "true");
      button.dataset.words = button.textContent;
      // It keeps its place: nothing else may slide under the second click of a double click.
      button.style.minWidth = `${button.offsetWidth}px`;
      button.style.minHeight = `${button.offsetHeight}px`;
      button.textContent = button.dataset.busy;
    }
  });
  // Coming back with the browser's Back button: the form can be sent again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[data-words]")) {
      button.textContent = button.dataset.words;
      button.style.minWidth = button.style.minHeight = "";
      button.removeAttribute("aria-disabled");
    }
  });
})();
