;;; url.el --- Emacs' own HTTP client  -*- lexical-binding: t; coding: utf-8 -*-
;; usage: emacs --batch -l url.el URL KEY TAG          exit 0 only when every answer was right
(require 'url)
(require 'json)

(defvar failures 0)
(defvar url-here (nth 0 command-line-args-left))
(defvar key (nth 1 command-line-args-left))
(defvar tag (nth 2 command-line-args-left))
(setq command-line-args-left nil)

(defun same (what wanted got)
  "Tell whether WHAT is as WANTED and not another thing, GOT."
  (let ((right (equal wanted got)))
    (message "%s %s: %S" (if right "ok   " "WRONG") what got)
    (unless right (setq failures (1+ failures)))))

(defun said (document)
  "Post DOCUMENT; the status and the body of the answer."
  (let ((url-request-method "POST")
        (url-request-extra-headers '(("Content-Type" . "application/json")))
        (url-request-data (encode-coding-string document 'utf-8)))
    (with-current-buffer (url-retrieve-synchronously url-here t t 20)
      (goto-char (point-min))
      (re-search-forward "^HTTP/1.1 \\([0-9]+\\)")
      (let ((status (match-string 1)))
        (re-search-forward "\n\r?\n")
        (list status (decode-coding-string (buffer-substring (point) (point-max)) 'utf-8))))))

(defun result (method params)
  "Call METHOD with PARAMS; its result, or its fault's code."
  (let* ((call `((jsonrpc . "2.0") (id . 1) (method . ,method) (params . ,params)))
         (answer (json-read-from-string (cadr (said (json-encode call))))))
    (or (alist-get 'result answer) (alist-get 'code (alist-get 'error answer)))))

(defun message-to (address)
  "One message to ADDRESS."
  (vector address "sender@example.org" "Subject" "Hello world!"))

(same "echo" "Żółw <&> 😀" (result "TestAPI.echo" ["Żółw <&> 😀"]))
(same "notification" '("200" "") (said "{\"jsonrpc\":\"2.0\",\"method\":\"TestAPI.echo\",\"params\":[\"a\"]}"))
(let ((queued (result "send_message" (vector key (vector (message-to (format "wanted-%s@example.org" tag)))))))
  (same "queued" "ok" (alist-get 'status queued)))
(let ((refused (result "send_message"
                       (vector key (vector (message-to (format "unwanted-%s@example.org" tag)) (message-to "wrong@mail@x"))))))
  (same "good and bad" "1 were correct" (alist-get 'user_message refused)))
(same "month 13 is a fault" -32602 (result "getMonth" [2003 13]))
(same "an unknown method is a fault" -32601 (result "no.such.method" []))
(kill-emacs (if (> failures 0) 1 0))
;;; url.el ends here
