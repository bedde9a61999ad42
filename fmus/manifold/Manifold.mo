// The manifold of two machines, written a second time; inputs are equations of time.
model Manifold "Source and sink mains that two machines share; SI units"
  constant Real cp = 4186.0 "water [J/(kg.K)]";
  parameter Real V_source = 2.0;
  parameter Real V_sink = 2.0;
  parameter Real tau = 30.0;
  parameter Real nominal[2] = {20.0, 50.0};
  parameter Real t_stop = 300.0 "second machine stops";
  parameter Real t_pump = 450.0 "its source pump starts again";
  Real m_network, m_source[2], T_source_out[2], T_sink_out[2], running[2];
  Real open[2](each start = 1.0, each fixed = true);
  Real T_source(start = 293.15, fixed = true);
  Real T_sink(start = 353.15, fixed = true);
  Real E_source(start = 0.0, fixed = true);
  Real E_sink(start = 0.0, fixed = true);
  Real share[2], m_sink[2];
equation
  m_network = 60.0;
  m_source[1] = 40.0;
  m_source[2] = if time < t_stop then 90.0 else (if time < t_pump then 0.0 else 30.0);
  T_source_out[1] = 290.15;
  T_source_out[2] = 288.15;
  T_sink_out[1] = 351.15;
  T_sink_out[2] = 358.15;
  running[1] = 1.0;
  running[2] = if time < t_stop then 3.0 else 0.0;
  for i in 1:2 loop
    tau * der(open[i]) = max(running[i], min(1.0, m_source[i] / nominal[i])) - open[i];
    share[i] = nominal[i] * (open[i] + 0.01) / (nominal[1] * (open[1] + 0.01) + nominal[2] * (open[2] + 0.01));
    m_sink[i] = share[i] * m_network;
  end for;
  993.0 * cp * V_source * der(T_source) = cp * (m_source[1] * (T_source_out[1] - T_source) + m_source[2] * (T_source_out[2] - T_source));
  975.0 * cp * V_sink * der(T_sink) = cp * (m_sink[1] * (T_sink_out[1] - T_sink) + m_sink[2] * (T_sink_out[2] - T_sink));
  der(E_source) = cp * (m_source[1] * (T_source_out[1] - T_source) + m_source[2] * (T_source_out[2] - T_source));
  der(E_sink) = cp * (m_sink[1] * (T_sink_out[1] - T_sink) + m_sink[2] * (T_sink_out[2] - T_sink));
end Manifold;
