/** One thing done at a time: whether it is under way, and what was said when it failed. */
import { Fault } from '@/api/client'
import { i18n } from '@/locale'
import { ref } from 'vue'

export function useAttempt() {
  const busy = ref(false)
  const said = ref('')

  /** Does it; a fault is said, not thrown. Tells whether it was done. */
  async function attempt(act: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    said.value = ''
    try {
      await act()
      return true
    } catch (fault) {
      said.value = fault instanceof Fault && fault.title ? fault.message : i18n.global.t('state.unreachable')
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, said, attempt }
}
