// The folded menu closes with Escape and when the person looks elsewhere. Without this it still opens and closes.
(() => {
  const close = (fold) => fold.removeAttribute("open");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const fold of document.querySelectorAll("details.fold[open]")) {
      close(fold);
      fold.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    for (const fold of document.querySelectorAll("details.fold[open]")) if (!fold.contains(event.target)) close(fold);
  });
})();
