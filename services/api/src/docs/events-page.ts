import type { asyncApiDocument } from "../asyncapi/async-api-document.ts";
import { escapeHtml, htmlPage, inline, prose } from "./html.ts";

type Document = ReturnType<typeof asyncApiDocument>;
type Operation = Document["operations"][string];
type Message = Document["components"]["messages"][string];

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly format?: string;
  readonly description?: string;
  readonly items?: Schema;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** The page that renders the AsyncAPI document: each event, its arguments and its answer, and the schemas. */
export function eventsPage(document: Document): string {
  const { info, operations, components } = document;
  const events = Object.entries(operations);
  const index = events.map(([id, { title }]) => `<li><a href="#${id}">${inline(title)}</a></li>`);
  const articles = events.map(([id, operation]) => eventArticle(document, id, operation));
  const schemas = Object.entries(components.schemas).map(([name, schema]) =>
    schemaSection(name, schema as Schema),
  );
  return htmlPage(
    "/docs/events",
    "Dumbwaiter events",
    `<main class="events">
<h1>${escapeHtml(info.title)}</h1>
${prose(info.description)}
<nav aria-label="Events"><ul class="index">${index.join("")}</ul></nav>
${articles.join("\n")}
<h2 id="schemas">Schemas</h2>
${schemas.join("\n")}
</main>`,
  );
}

function eventArticle(document: Document, id: string, operation: Operation): string {
  const { action, title, summary, description, messages, reply } = operation;
  const from = action === "receive" ? "client → server" : "server → client";
  const message = resolve(document, messages[0]?.$ref);
  const answers = (reply?.messages ?? []).map(({ $ref }) => resolve(document, $ref));
  return `<article id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${inline(title)} <span class="from">${from}</span></h2>
<p><strong>${inline(summary)}</strong></p>
${prose(description)}
<dl>
<dt>Arguments</dt><dd>${argumentsOf(message)}</dd>
${answers.length > 0 ? `<dt>Answer</dt><dd>${answers.map(argumentsOf).join(" or ")}</dd>` : ""}
</dl>
${[message, ...answers.slice(0, 1)].map(example).join("\n")}
</article>`;
}

function argumentsOf({ payload }: Message): string {
  const { items = [], minItems } = payload;
  const names = items.map(({ $ref }, at) => link($ref) + (at < minItems ? "" : " (optional)"));
  return names.join(", ") || "none";
}

function example({ name, examples }: Message): string {
  const text = (examples[0]?.payload ?? []).map((argument) => JSON.stringify(argument, null, 2)).join(",\n");
  return text === ""
    ? ""
    : `<figure><figcaption>Example of <code>${escapeHtml(name)}</code></figcaption><pre tabindex="0">${escapeHtml(text)}</pre></figure>`;
}

function schemaSection(name: string, { description, properties = {}, required = [] }: Schema): string {
  const rows = Object.entries(properties).map(
    ([field, schema]) =>
      `<tr><th scope="row"><code>${escapeHtml(field)}</code></th><td>${typeOf(schema)}</td><td>${
        required.includes(field) ? "required" : ""
      }</td><td>${inline(schema.description ?? "")}</td></tr>`,
  );
  return `<section id="schema-${name}" aria-labelledby="schema-${name}-title">
<h3 id="schema-${name}-title">${name}</h3>
${description ? `<p>${inline(description)}</p>` : ""}
<div class="scroll" tabindex="0" role="region" aria-label="Fields of ${name}"><table>
<thead><tr><th scope="col">field</th><th scope="col">type</th><th scope="col">needed</th><th scope="col">meaning</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>
</section>`;
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return link(schema.$ref);
  if (schema.const !== undefined) return `<code>${escapeHtml(JSON.stringify(schema.const))}</code>`;
  if (schema.type === "array") {
    const most = schema.maxItems === undefined ? "" : `, at most ${schema.maxItems}`;
    return `list of ${typeOf(schema.items ?? {})}${most}`;
  }
  const { minimum, maximum } = schema;
  const details = [
    schema.format ?? [],
    minimum === undefined ? [] : `at least ${minimum}`,
    maximum === undefined ? [] : `at most ${maximum}`,
    schema.default === undefined ? [] : `default ${schema.default}`,
  ].flat();
  return escapeHtml([schema.type ?? "any", ...details].join(", "));
}

function link(reference: string): string {
  const name = lastOf(reference);
  return `<a href="#schema-${name}"><code>${name}</code></a>`;
}

function resolve({ components }: Document, reference = ""): Message {
  return components.messages[lastOf(reference)] as Message;
}

function lastOf(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}
