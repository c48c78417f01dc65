/** The language of the screens: Chinese unless somebody chose English. Statutes, rules and reasons stay as they are written. */
import { createI18n } from 'vue-i18n'
import en from './en'
import zh from './zh-CN'

export type Language = 'zh-CN' | 'en'

const KEPT = 'yibao.language'

function chosen(): Language {
  return localStorage.getItem(KEPT) === 'en' ? 'en' : 'zh-CN'
}

export const i18n = createI18n({ legacy: false, locale: chosen(), fallbackLocale: 'zh-CN', messages: { 'zh-CN': zh, en } })

/** Switches all texts, and remembers it in this browser. */
export function speak(language: Language): void {
  i18n.global.locale.value = language
  localStorage.setItem(KEPT, language)
  document.documentElement.lang = language
}

document.documentElement.lang = chosen()
