/** What the identity provider, or the server in its place, refused for, as `/sign-in?openid_error=…` has it. */

const SAID: Record<string, string> = {
  denied: "You did not let the identity provider sign you in.",
  expired: "Signing in at the identity provider took too long, or began in another browser. Try again.",
  provider_failed: "The identity provider did not answer as it should. Try again, or ask who runs this server.",
  email_unverified: "The identity provider has not verified your email address, so it cannot be believed here.",
  not_invited: "You are known to the identity provider, but nobody has invited you here. Ask an admin.",
};

export function openIdFault(code: string | null): string | null {
  if (!code) return null;
  return SAID[code] ?? "Signing in at the identity provider has failed. Try again.";
}

/** Where signing in at the provider begins. `next` is the page to come back to. */
export function openIdLogin(base: string, next: string): string {
  return `${base}/api/openid/login/?${new URLSearchParams({ next })}`;
}
