/** One thing that is tried, told about while it lasts and when it fails; named, so that trying again after a lost answer acts once. */
import { attempt, Fault } from '@/api/client'
import { ref } from 'vue'
import { useI18n } from 'vue-i18n'

export function useAttempt() {
  const { t } = useI18n()
  const busy = ref(false)
  const said = ref('')
  let name = attempt()

  /** Runs it. What was refused or done gets another name next time; what nobody answered keeps its own. */
  async function run(act: (header: { 'Idempotency-Key': string }) => Promise<void>): Promise<void> {
    busy.value = true
    said.value = ''
    try {
      await act({ 'Idempotency-Key': name })
      name = attempt()
    } catch (fault) {
      const answered = fault instanceof Fault && fault.title !== ''
      if (answered) name = attempt()
      said.value = answered ? fault.message : t('state.unreachable')
    } finally {
      busy.value = false
    }
  }

  return { busy, said, run }
}
