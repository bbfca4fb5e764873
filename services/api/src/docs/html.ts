const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);
}

/** One line of Markdown whose only markup is code. */
export function inline(markdown: string): string {
  return escapeHtml(markdown).replace(/`([^`]+)`/g, "<code>$1</code>");
}

/** Markdown of paragraphs, lists and code. */
export function prose(markdown: string): string {
  return markdown
    .split("\n\n")
    .map((block) =>
      block.startsWith("- ")
        ? `<ul>${block.replace(/^- (.*)$/gm, (_, item) => `<li>${inline(item)}</li>`)}</ul>`
        : `<p>${inline(block)}</p>`,
    )
    .join("\n");
}

const PLACES = [
  ["/docs", "HTTP calls"],
  ["/docs/events", "Socket.IO events"],
  ["/openapi.json", "openapi.json"],
  ["/asyncapi.json", "asyncapi.json"],
] as const;

/** A page of the documentation with links to the others; it loads nothing from other sites. */
export function htmlPage(path: string, title: string, body: string, head = ""): string {
  const links = PLACES.map(
    ([href, text]) => `<a href="${href}"${href === path ? ' aria-current="page"' : ""}>${text}</a>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="/docs/favicon-32x32.png">
${head}<link rel="stylesheet" href="/docs/docs.css">
<header><nav aria-label="Documents">${links.join("\n")}</nav></header>
${body}
</html>
`;
}
