// One click copies the address of a feed. The buttons are shown by this script alone: without it, one click on an
// address selects it.
"use strict";

function copied(code) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(code.textContent).then(() => true, () => false);
  }
  // Over plain http browsers have no clipboard, but copy what is selected.
  getSelection().selectAllChildren(code);
  return Promise.resolve(document.execCommand("copy"));
}

for (const list of document.querySelectorAll("dl.addresses")) {
  const status = list.parentElement.querySelector("[role=status]");
  for (const button of list.querySelectorAll("button")) {
    const code = button.nextElementSibling;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const done = await copied(code);
      status.textContent = done ? `${status.dataset.done} ${code.textContent}` : "";
      if (!done) {
        getSelection().selectAllChildren(code);
      }
    });
  }
}
