/** Put a value into the parameters of an address, or leave it out where it is the one by default: addresses stay short. */
export function put(
  params: URLSearchParams,
  name: string,
  value: string | null,
  byDefault: string | null = null,
): void {
  if (value === null || value === byDefault) params.delete(name);
  else params.set(name, value);
}
