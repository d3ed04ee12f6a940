import "./styles/tokens.css";
import "./styles/base.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Redirect, Route, Router, Switch } from "wouter";
import { goAhead } from "./ahead";
import { queryClient } from "./api/queries";
import { Toasts } from "./parts/Toasts";
import { HOME, ROUTES } from "./routes";
import { NothingHere } from "./shell/Boundary";
import { First } from "./shell/First";
import { SessionGate } from "./shell/SessionGate";
import { Shell } from "./shell/Shell";
import { Titled } from "./shell/Titled";
import { BASE } from "./state/base";
import { listenToKeys } from "./state/keys";
import { showTheme } from "./state/preferences";

function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Router base={BASE}>
        <Switch>
          <Route path="/">
            <Redirect to={HOME} replace />
          </Route>
          {ROUTES.filter((route) => route.isBare).map(({ path, title, Page }) => (
            <Route key={path} path={path}>
              <Titled title={title}>
                <Page />
                <Toasts />
              </Titled>
            </Route>
          ))}
          <Route>
            <SessionGate>
              <Shell>
                <Pages />
              </Shell>
            </SessionGate>
          </Route>
        </Switch>
      </Router>
    </QueryClientProvider>
  );
}

function Pages() {
  return (
    <Switch>
      {ROUTES.filter((route) => !route.isBare).map(({ path, below, title, first, Page }) => (
        <Route key={path} path={below ? `${path}/${below}?` : path}>
          <Titled title={title}>
            <First ask={first}>
              <Page />
            </First>
          </Titled>
        </Route>
      ))}
      <Route>
        <Titled title="Nothing here">
          <NothingHere />
        </Titled>
      </Route>
    </Switch>
  );
}

goAhead(queryClient);
showTheme();
listenToKeys();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
