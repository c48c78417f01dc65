/** What was just done, told for a while wherever the user is by then, with the case to go back to. */
import { shallowRef } from 'vue'

export interface Announcement {
  text: string
  /** The case it was about, which can be gone back to. */
  key?: string
}

const TOLD_FOR = 8_000
export const announced = shallowRef<Announcement | undefined>()
let until: ReturnType<typeof setTimeout> | undefined

export function announce(text: string, key?: string): void {
  announced.value = { text, key }
  clearTimeout(until)
  until = setTimeout(() => (announced.value = undefined), TOLD_FOR)
}
