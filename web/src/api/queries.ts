/** What was asked lately is shown at once and asked again behind it; only passing failures are tried again. */
import { QueryClient } from '@tanstack/vue-query'
import { Fault } from './client'

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (times, fault) => times < 2 && fault instanceof Fault && fault.isPassing,
      refetchOnWindowFocus: true,
    },
  },
})
