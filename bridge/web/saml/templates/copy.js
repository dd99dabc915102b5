// A button beside each value that is to be pasted. Without scripts, or without a clipboard, the values can be marked by hand.
for (const value of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy " + value.textContent);
  button.addEventListener("click", async () => {
    const said = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(value.textContent);
      said.textContent = "Copied: " + value.textContent;
    } catch {
      said.textContent = "The browser did not let it be copied; mark it by hand.";
    }
  });
  value.after(" ", button);
}
