import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const server = process.env.MIDSPAN_URL ?? "http://127.0.0.1:8400";

/** Leaves `name.gz` beside each built file, so that the server compresses nothing. */
function compressed(): Plugin {
  let directory = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved(config) {
      directory = resolve(config.root, config.build.outDir, config.build.assetsDir);
    },
    closeBundle() {
      for (const name of readdirSync(directory).filter((name) => /\.(js|css|svg)$/.test(name))) {
        const path = join(directory, name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}

/** The base before all other styles, which change it: the document names them as its scripts import each other. */
function baseFirst(): Plugin {
  const sheet = /^\s*<link rel="stylesheet".*\n/m;
  const base = /^\s*<link rel="stylesheet"[^>]*\/base-.*\n/m;
  return {
    name: "base-first",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html) {
        const [found] = base.exec(html) ?? [];
        if (!found) throw new Error("The document names no base styles.");
        return html.replace(base, "").replace(sheet, (first) => found + first);
      },
    },
  };
}

/**
 * Leaves `pages.json`: for each path of `routes.tsx` the files of its page, which the server names in the document of that
 * path. Otherwise they would be asked for when the first script has run.
 */
function pagesAhead(): Plugin {
  const route = /path: "([^"]+)",(?:\s+below: "([^"]+)",)?[^{}]*?page\(\(\) => import\("\.\/(pages\/[^"]+)"\)\)/g;
  return {
    name: "pages-ahead",
    apply: "build",
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
      const files: Record<string, string[]> = {};
      for (const [, path, below, module] of readFileSync("src/routes.tsx", "utf8").matchAll(route)) {
        const chunk = chunks.find((one) => one.facadeModuleId?.endsWith(`/src/${module}.tsx`));
        if (!path || !chunk) throw new Error(`There is no page of ${path}.`);
        files[path] = [chunk.fileName, ...(chunk.viteMetadata?.importedCss ?? [])];
        if (below) files[`${path}/${below}`] = files[path];
      }
      this.emitFile({ type: "asset", fileName: "pages.json", source: JSON.stringify(files) });
    },
  };
}

export default defineConfig({
  // Every address in the built page is relative: the server does not know under which path a proxy shows it.
  base: "./",
  plugins: [react(), baseFirst(), pagesAhead(), compressed()],
  build: {
    outDir: "../src/midspan/ui",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    assetsInlineLimit: 0, // the content security policy takes files, not data
    modulePreload: { polyfill: false },
    license: { fileName: "assets/licenses.md" },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "base", test: /[\\/]src[\\/]styles[\\/]/ },
            // What several pages are made of is one file, which the document names: dozens of small ones would be
            // asked for one after the other when the first script has run. Not what is large and of few pages.
            { name: "parts", minShareCount: 2, test: /^(?!.*[\\/](?:parts[\\/](?:span|sums|trace)|markdown-it)[\\/])/ },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(["/api", "/docs", "/health", "/openapi.json"].map((path) => [path, server])),
  },
});
