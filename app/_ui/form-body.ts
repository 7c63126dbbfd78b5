/**
 * What a form says, as the JSON that the API takes. A field's name is its path (`credential.user`); how its text is meant
 * stands in `data-type`, so that a form needs no code of its own.
 */
export type FieldType = 'text' | 'number' | 'lines' | 'json' | 'flag' | 'choice';

/** One control of a form, as far as its value goes. */
export interface FormControl {
  readonly name: string;
  readonly type: FieldType;
  readonly value: string;
  readonly checked: boolean;
  /** An empty text is sent as it is, instead of being left out. */
  readonly keepEmpty: boolean;
}

type Json = Record<string, unknown>;

/** The controls of a form that take part, with what they hold now. */
export function readControls(form: HTMLFormElement): FormControl[] {
  const controls: FormControl[] = [];
  for (const element of form.elements) {
    if (!isControl(element) || element.name === '' || element.disabled) continue;
    controls.push({
      name: element.name,
      type: (element.dataset['type'] as FieldType | undefined) ?? 'text',
      value: element.value,
      checked: element instanceof HTMLInputElement && element.checked,
      keepEmpty: element.dataset['keepEmpty'] !== undefined,
    });
  }
  return controls;
}

function isControl(element: Element): element is HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
  return (
    element instanceof HTMLInputElement ||
    element instanceof HTMLSelectElement ||
    element instanceof HTMLTextAreaElement
  );
}

/** The body that the controls make. Text that is empty is left out: an absent member is the API's default. */
export function composeBody(controls: readonly FormControl[]): Json {
  const body: Json = {};
  for (const control of controls) {
    const value = valueOf(control, body);
    if (value !== undefined) put(body, control.name, value);
  }
  return body;
}

function valueOf({ name, type, value, checked, keepEmpty }: FormControl, body: Json): unknown {
  switch (type) {
    case 'flag':
      return checked;
    case 'choice': {
      const chosen = (get(body, name) as string[] | undefined) ?? [];
      return checked ? [...chosen, value] : chosen;
    }
    case 'number':
      return value.trim() === '' ? undefined : Number(value);
    case 'lines':
      return value
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
    case 'json':
      return parseJson(value);
    case 'text':
      return value === '' && !keepEmpty ? undefined : value;
  }
}

/** JSON inside a form. What is none is sent as the text it is: the API says at its field what it expects. */
function parseJson(value: string): unknown {
  if (value.trim() === '') return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function put(body: Json, path: string, value: unknown): void {
  const segments = path.split('.');
  const last = segments.pop() ?? path;
  let at = body;
  for (const segment of segments) at = (at[segment] ??= {}) as Json;
  at[last] = value;
}

function get(body: Json, path: string): unknown {
  return path.split('.').reduce<unknown>((at, segment) => (at as Json | undefined)?.[segment], body);
}

/** The field at which an error is shown: the one of that path, or the nearest above it (`roles` for `roles.0.name`). */
export function fieldFor(path: string, names: ReadonlySet<string>): string | undefined {
  const segments = path.split('.');
  for (let length = segments.length; length > 0; length -= 1) {
    const name = segments.slice(0, length).join('.');
    if (names.has(name)) return name;
  }
  return undefined;
}
