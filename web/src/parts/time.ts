/** Days and moments as the agency writes them: China's time, whatever the browser's. */
const CHINA = 'Asia/Shanghai'

/** `2026-11-27 13:05`, from an RFC 3339 moment. */
export function moment(text: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: CHINA, dateStyle: 'short', timeStyle: 'short' })
  return parts.format(new Date(text))
}

/** Today in China, `2026-11-27`. */
export function today(now: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: CHINA, dateStyle: 'short' }).format(now)
}

/** Calendar days from one day to another; negative when it has passed. */
export function daysUntil(day: string, from: string): number {
  return Math.round((Date.parse(`${day}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000)
}
