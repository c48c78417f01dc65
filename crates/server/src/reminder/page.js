// Keys only; the page does everything without them. Enter: back and change. Alt+Enter: go on. 1-6: a reason. J, K: next, previous.
(function () {
  var forms = document.querySelectorAll('form');
  if (!forms.length || !document.addEventListener) return;
  var at = 0;
  function mark(next) {
    if (next < 0 || next >= forms.length) return;
    forms[at].parentNode.className = forms[at].parentNode.className.replace(' now', '');
    at = next;
    forms[at].parentNode.className += ' now';
    forms[at].querySelector('button').focus();
  }
  function press(way) {
    forms[at].querySelector('button[value="' + way + '"]').click();
  }
  document.addEventListener('keydown', function (event) {
    var key = event.key, writing = event.target.type === 'text';
    if (event.ctrlKey || event.metaKey) return;
    if (key === 'Enter' && event.altKey) { event.preventDefault(); press('1'); }
    else if (key === 'Enter' && (writing || !/^(BUTTON|A)$/.test(event.target.tagName))) { event.preventDefault(); press(writing ? '1' : '2'); }
    else if (writing || event.altKey) return;
    else if (key === 'j') mark(at + 1);
    else if (key === 'k') mark(at - 1);
    else if (key >= '1' && key <= '9') {
      var reason = forms[at].querySelectorAll('input[type=radio]')[key - 1];
      if (reason) { reason.checked = true; reason.focus(); }
    }
  });
  for (var i = 0; i < forms.length; i++) (function (i) {
    forms[i].addEventListener('focusin', function () { if (i !== at) { forms[at].parentNode.className = forms[at].parentNode.className.replace(' now', ''); at = i; forms[at].parentNode.className += ' now'; } });
  })(i);
  mark(0);
  // The page around may close the frame once nothing is left to answer; who may be around is in the policy.
})();
if (window.parent !== window && document.querySelector('.all-done')) window.parent.postMessage('yibao-reminder-done', '*');
