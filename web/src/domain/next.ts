/** Where to go after signing in: the page that was wanted, never another site, and never back to signing in. */
export function nextPage(params: URLSearchParams, home: string): string {
  const wanted = params.get("next") ?? "";
  const isOwn = /^\/(?![/\\])/.test(wanted) && !/^\/(sign-in|welcome)\b/.test(wanted);
  return isOwn ? wanted : home;
}
