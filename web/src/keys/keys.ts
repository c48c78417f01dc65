/**
 * Keys of a view. A key is a letter (`j`), or two one after the other (`g q`). While somebody types, or a dialog is open,
 * letters are letters.
 */
import { onBeforeUnmount, onMounted, shallowReactive } from 'vue'

export interface Key {
  /** `j`, `?`, `Enter`, `g q`. */
  press: string
  /** What it does, as the help shows it: a key of the locale. */
  label: string
  act: () => void
}

/** All keys that hold now, the innermost view's last; the help lists them. */
export const holding = shallowReactive<Key[][]>([])
/** Keys that hold everywhere, the shell's. */
export const general = shallowReactive<Key[]>([])

/** How long the second letter may take, milliseconds. */
const PATIENCE = 1200

let first = ''
let firstAt = 0

/** The keys of the component that calls, as long as it stands. */
export function useKeys(keys: Key[]): void {
  onMounted(() => holding.push(keys))
  onBeforeUnmount(() => holding.splice(holding.indexOf(keys), 1))
}

/** Whether letters go into a field, or a dialog has the floor. Escape leaves a field. */
function busy(event: KeyboardEvent): boolean {
  const at = event.target as HTMLElement | null
  const typing = at?.closest?.('input, textarea, select, [contenteditable="true"]')
  const dialogs = [...document.querySelectorAll<HTMLElement>('[role="dialog"][aria-modal="true"]')]
  return (Boolean(typing) && event.key !== 'Escape') || dialogs.some((dialog) => dialog.getClientRects().length > 0)
}

/** What a key press means now; `undefined` when nothing. */
export function meant(event: KeyboardEvent, now: number): Key | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined
  const button = (event.target as HTMLElement | null)?.closest?.('a, button, [role="tab"], [role="option"]')
  if ((event.key === 'Enter' || event.key === ' ') && button) return undefined
  const pair = `${first} ${event.key}`
  const paired = now - firstAt <= PATIENCE ? pair : event.key
  const innermost = [...[...holding].reverse().flat(), ...general]
  const key = innermost.find((held) => held.press === paired) ?? innermost.find((held) => held.press === event.key)
  first = key ? '' : event.key
  firstAt = key ? 0 : now
  return key
}

/** Listens for the whole page; called once, by the shell, with the keys that hold everywhere. */
export function useKeyboard(everywhere: Key[]): void {
  general.splice(0, general.length, ...everywhere)
  const listen = (event: KeyboardEvent): void => {
    if (busy(event)) return
    const key = meant(event, event.timeStamp)
    if (!key) return
    event.preventDefault()
    key.act()
  }
  onMounted(() => window.addEventListener('keydown', listen))
  onBeforeUnmount(() => window.removeEventListener('keydown', listen))
}
