import MarkdownIt, { type Token } from "markdown-it";
import { createElement, Fragment, type ReactNode, useMemo } from "react";
import { PlainText, Visible } from "../PlainText";
import { CodeBlock } from "./CodeBlock";
import styles from "./Markdown.module.css";
import { Picture } from "./Picture";

/** Markdown as elements. It is read into tokens, and each token becomes an element of a fixed list: no HTML is made of
 * text anywhere, and HTML in the text stays text.
 */

const DEEPEST = 90;
const reader = new MarkdownIt({ html: false, linkify: false, breaks: true, maxNesting: DEEPEST + 10 });

const LINK = /^(https?:\/\/|mailto:)/i;
const HEADINGS: Record<string, string> = { h1: "h3", h2: "h4", h3: "h5", h4: "h6", h5: "h6", h6: "h6" };
const PLAIN = new Set("p blockquote ul li table thead tbody tr em strong s".split(" "));

export default function Markdown({ text }: { text: string }) {
  const content = useMemo(() => {
    try {
      const tokens = reader.parse(text, {});
      // Deeper than the reader goes it leaves things out.
      return tokens.some((token) => token.level >= DEEPEST) ? null : elements(tokens);
    } catch {
      return null; // nothing that a model writes may take the page away
    }
  }, [text]);
  if (content === null) return <PlainText text={text} />;
  return (
    <div className={styles.markdown} dir="auto">
      {content}
    </div>
  );
}

function attribute(token: Token, name: string): string {
  return String(token.attrGet(name) ?? "");
}

interface Open {
  token: Token | null;
  children: ReactNode[];
}

function elements(tokens: readonly Token[]): ReactNode[] {
  const root: Open = { token: null, children: [] };
  const open: Open[] = [root];
  for (const token of tokens) {
    const top = open.at(-1) ?? root;
    if (token.nesting === 1) open.push({ token, children: [] });
    else if (token.nesting === -1 && top.token) {
      open.pop();
      const above = open.at(-1) ?? root;
      above.children.push(around(top.token, top.children, above.children.length));
    } else top.children.push(leaf(token, top.children.length));
  }
  return root.children;
}

function around(token: Token, children: ReactNode[], key: number): ReactNode {
  if (token.hidden) return <Fragment key={key}>{children}</Fragment>;
  const heading = HEADINGS[token.tag];
  if (heading) return createElement(heading, { key, className: styles[token.tag] }, children);
  if (token.tag === "a") {
    const href = attribute(token, "href");
    return LINK.test(href) ? (
      <a key={key} href={href} title={href} target="_blank" rel="noreferrer noopener nofollow">
        {children}
      </a>
    ) : (
      <Fragment key={key}>{children}</Fragment>
    );
  }
  if (token.tag === "ol") {
    const start = Number(token.attrGet("start") ?? 1);
    // Room for the longest number: "4720." alone is a list to Markdown, and must not lose its first digits.
    const digits = String(start + children.length).length;
    return (
      <ol key={key} start={start} style={{ paddingLeft: `max(22px, ${digits + 2}ch)` }}>
        {children}
      </ol>
    );
  }
  if (token.tag === "th" || token.tag === "td") {
    const align = /text-align:(left|center|right)/.exec(attribute(token, "style"))?.[1] as "left" | undefined;
    return createElement(token.tag, { key, style: align && { textAlign: align } }, children);
  }
  if (token.tag === "table") {
    return (
      <div key={key} className={styles.wide} tabIndex={0} role="group" aria-label="Table">
        <table>{children}</table>
      </div>
    );
  }
  return PLAIN.has(token.tag) ? createElement(token.tag, { key }, children) : <Fragment key={key}>{children}</Fragment>;
}

function leaf(token: Token, key: number): ReactNode {
  switch (token.type) {
    case "inline":
      return <Fragment key={key}>{elements(token.children ?? [])}</Fragment>;
    case "text":
      return <Visible key={key} text={token.content} />;
    case "softbreak":
    case "hardbreak":
      return <br key={key} />;
    case "hr":
      return <hr key={key} />;
    case "code_inline":
      return (
        <code key={key}>
          <Visible text={token.content} />
        </code>
      );
    case "fence":
    case "code_block":
      return (
        <CodeBlock key={key} code={token.content.replace(/\n$/, "")} language={token.info.trim().split(/\s/)[0]} />
      );
    case "image":
      return <Picture key={key} url={attribute(token, "src")} about={token.content} />;
    default:
      return <Visible key={key} text={token.content} />;
  }
}
