{{- define "backstop.labels" -}}
app.kubernetes.io/name: backstop
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "backstop.selector" -}}
app.kubernetes.io/name: backstop
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "backstop.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- /* What every pod has: no rights, a read-only file system, /tmp in memory. */ -}}
{{- define "backstop.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "backstop.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "backstop.env" -}}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ .root.Values.database.existingSecret }}
      key: {{ index .root.Values.database.keys .role }}
- name: METRICS_PORT
  value: {{ .root.Values.metrics.port | quote }}
- name: METRICS_HOST
  value: 0.0.0.0
- name: HL7_HOST
  value: 0.0.0.0
- name: WEB_HOST
  value: 0.0.0.0
- name: WEB_PORT
  value: {{ .root.Values.web.port | quote }}
{{- end }}

{{- define "backstop.envFrom" -}}
- configMapRef: { name: {{ .Release.Name }}-config }
{{- if .Values.existingSecret }}
- secretRef: { name: {{ .Values.existingSecret }} }
{{- end }}
{{- end }}

{{- define "backstop.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{- if .Values.files }}
- { name: files, mountPath: /etc/backstop, readOnly: true }
{{- end }}
{{- end }}

{{- define "backstop.volumes" -}}
- name: tmp
  emptyDir: { medium: Memory, sizeLimit: 256Mi }
{{- if .Values.files }}
- name: files
  projected:
    defaultMode: 0440
    sources: {{- toYaml .Values.files | nindent 6 }}
{{- end }}
{{- end }}

{{- /* A change of the settings starts new pods. */ -}}
{{- define "backstop.annotations" -}}
checksum/config: {{ toYaml .Values.config | sha256sum }}
prometheus.io/scrape: "true"
prometheus.io/port: {{ .Values.metrics.port | quote }}
{{- end }}
